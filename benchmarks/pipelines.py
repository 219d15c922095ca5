"""The pipelines that ours and the hand-written script share: nothing but scikit-learn."""

from typing import Any

NUMBERS = ("month", "day", "dep_time", "sched_dep_time", "dep_delay", "sched_arr_time", "distance", "hour", "minute")
TEXTS = ("carrier", "origin", "dest")
FEATURES = (*NUMBERS, *TEXTS)


def one_hot() -> Any:
    """Impute, scale, one-hot encode, and 100 iterations of histogram gradient boosting."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), list(NUMBERS)),
            ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), list(TEXTS)),
        ]
    )
    return make_pipeline(columns, HistGradientBoostingRegressor(max_iter=100, random_state=0))
