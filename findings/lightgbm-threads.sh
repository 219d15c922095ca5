#!/usr/bin/env bash
# LightGBM's estimators take no notice of OMP_NUM_THREADS, which scikit-learn's boosted trees go by.
#
# Whoever limits threads in a container, a worker or a server sets OMP_NUM_THREADS, and LightGBM is built with OpenMP: one
# would bet that one thread is used then. The estimators of LightGBM 4.7.0 ask joblib for the number of physical cores
# instead and tell OpenMP that number with each call, so that the variable is overruled: with OMP_NUM_THREADS=1 the
# booster's num_threads is the number of cores. Where others use the cores, its threads wait for one another actively,
# and a prediction of one row takes many times as long as in one thread.
# LOKY_MAX_CPU_COUNT, which is joblib's, is what it goes by, or n_jobs among its parameters.
# On a machine with a single core there is nothing to be seen, and this says so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    lightgbm==4.7.0 scikit-learn==1.9.1 numpy==2.4.6 joblib==1.5.3 threadpoolctl==3.6.0

cat > threads.py <<'PYTHON'
import joblib
import numpy as np
from lightgbm import LGBMRegressor
from threadpoolctl import threadpool_info

fitted = LGBMRegressor(n_estimators=1, verbose=-1).fit(np.eye(40), np.arange(40))
openmp = {info["num_threads"] for info in threadpool_info() if info["user_api"] == "openmp"}
cores = joblib.cpu_count(only_physical_cores=True)
asked = fitted.booster_.params["num_threads"]
print(f"OpenMP {sorted(openmp)}, LightGBM {'all cores' if asked == cores > 1 else asked}")
PYTHON

if [ "$(venv/bin/python -c 'import joblib; print(joblib.cpu_count(only_physical_cores=True))')" = 1 ]; then
    echo "One core: nothing to be seen here."
    exit 0
fi

cat > expected <<'SEEN'
OMP_NUM_THREADS=1: OpenMP [1], LightGBM all cores
LOKY_MAX_CPU_COUNT=1: OpenMP [1], LightGBM 1
SEEN
{
    echo "OMP_NUM_THREADS=1: $(OMP_NUM_THREADS=1 venv/bin/python threads.py)"
    echo "LOKY_MAX_CPU_COUNT=1: $(OMP_NUM_THREADS=1 LOKY_MAX_CPU_COUNT=1 venv/bin/python threads.py)"
} > seen

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
