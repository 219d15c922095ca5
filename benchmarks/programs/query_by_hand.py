"""What people write by hand to keep a query's rows: pandas.read_sql and to_parquet.

python -m benchmarks.programs.query_by_hand postgresql://… QUERY FILE.parquet
"""

import sys
import warnings

import pandas as pd
import psycopg


def main() -> None:
    address, query, target = sys.argv[1:]
    warnings.simplefilter("ignore")  # pandas says that it prefers SQLAlchemy, which takes longer
    with psycopg.connect(address) as connection:
        pd.read_sql(query, connection).to_parquet(target)


if __name__ == "__main__":
    main()
