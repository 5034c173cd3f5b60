"""Makes event_study.json: run with the folder of the unpacked wheel moderndid==0.2.0 as the argument (needs pandas).

Insurance coverage (dins) by state and year 2008-2015, states that expanded Medicaid in 2014 against states that
had not by 2015; least squares on state and year effects and event dummies (reference 2013), clustered by state.
The data stay in the wheel; only the seven coefficients and their covariance are kept here.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

YEARS = [2008, 2009, 2010, 2011, 2012, 2014, 2015]


def main(wheel: Path) -> None:
    data = pd.read_pickle(wheel / "moderndid/core/datasets/ehec_data.pkl.gz")
    data = data[(data.year < 2016) & (data.yexp2.isna() | (data.yexp2 != 2015))]
    treated = (data.yexp2 == 2014).to_numpy(float)
    year, state = data.year.to_numpy(), data.stfips.to_numpy()
    effects = [state == s for s in np.unique(state)] + [year == y for y in np.unique(year)[1:]]
    fixed = np.column_stack(effects).astype(float)

    def residual(z):
        return z - fixed @ np.linalg.lstsq(fixed, z, rcond=None)[0]

    x = residual(np.column_stack([treated * (year == y) for y in YEARS]))
    y = residual(data.dins.to_numpy(float))
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    score = np.array([x[state == s].T @ (y - x @ beta)[state == s] for s in np.unique(state)])
    bread = np.linalg.inv(x.T @ x)
    g, n, k = len(score), len(y), len(YEARS) + len(np.unique(year))
    sigma = bread @ score.T @ score @ bread * g / (g - 1) * (n - 1) / (n - k)
    out = {"years": YEARS, "betahat": beta.tolist(), "sigma": sigma.tolist()}
    (Path(__file__).parent / "event_study.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
