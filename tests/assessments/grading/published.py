"""Published data that the psychometric figures are checked against."""

from __future__ import annotations

import numpy as np

from lms.arrays import FloatArray

# Section 6 of the Law School Admission Test, 1,000 takers (Bock & Lieberman 1970): takers per answer pattern,
# the patterns counted in binary from 00000 to 11111.
_LSAT6 = [
    *(3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15),
    *(10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298),
]
LSAT6: FloatArray = np.repeat(
    [[float(i >> bit & 1) for bit in (4, 3, 2, 1, 0)] for i in range(32)], _LSAT6, axis=0
)

# Shrout & Fleiss (1979), table 2: six subjects, four judges.
SHROUT_FLEISS: FloatArray = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
_ = np.nan
KRIPPENDORFF: FloatArray = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T

# Agresti (1990), table 2.10: 91 couples' answers on four levels, husbands by wives.
COUPLES = np.array([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])

# Bickel, Hammel & O'Connell (1975): admissions to Berkeley by department; men then women, admitted then rejected.
BERKELEY: FloatArray = np.array(
    [
        [[512, 313], [89, 19]],
        [[353, 207], [17, 8]],
        [[120, 205], [202, 391]],
        [[138, 279], [131, 244]],
        [[53, 138], [94, 299]],
        [[22, 351], [24, 317]],
    ],
    dtype=float,
)
