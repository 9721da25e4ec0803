"""How often XOR has been reported to be learned: published figures with their sources, and readings of their protocols.

A figure is a number as printed. A reading is one way to do what a text does not say in full. All figures of a claim must
hold under one reading together.
"""

from collections.abc import Mapping
from itertools import product
from math import nan
from typing import Any, NamedTuple

import landscape as ls

Settings = dict[str, Any]

PLUS_MINUS = ls.Problem([[-1, -1], [-1, 1], [1, -1], [1, 1]], [0, 1, 1, 0], "xor, inputs -1 and 1")
SYMMETRIC = ls.Problem([[-1, -1], [-1, 1], [1, -1], [1, 1]], [-1, 1, 1, -1], "xor, all -1 and 1")


BESIDE = "against the text"
"""Begins the words of a choice that a text does not allow, tried to see whether it explains the figures."""


class Figure(NamedTuple):
    """One published number.

    Attributes
    ----------
    quantity : "share", "share not solved", "epochs", "draws" or "solved per 1000 epochs"
    value : as printed; NaN where only a range is given
    rounding : half of its last digit
    runs : how many it is of; 0 where that is not said
    deviation : standard deviation of those, where it is said
    low, high : a range or an error that the source gives itself
    settings : fields of ``Surface`` and ``Protocol`` that this figure has beside those of a reading
    """

    quantity: str
    value: float
    rounding: float = 0.0
    runs: int = 0
    deviation: float = nan
    low: float = nan
    high: float = nan
    settings: Settings = {}  # noqa: RUF012  # never written to


class Claim(NamedTuple):
    """What a source says, its figures by name, and the readings by their words, each with its settings. The name is short,
    for sentences."""

    name: str
    source: str
    claim: str
    figures: dict[str, Figure]
    readings: dict[str, Settings]


def readings(*choices: Mapping[str, Settings], **shared: Any) -> dict[str, Settings]:
    """Every combination of choices, named by their words."""
    combined = {}
    for words in product(*choices):
        parts = [choice[word] for word, choice in zip(words, choices, strict=True)]
        combined[", ".join(words)] = {name: value for part in (shared, *parts) for name, value in part.items()}
    return combined


CODING: dict[str, Settings] = {"inputs 0/1": {"problem": "xor"}, "inputs -1/1": {"problem": PLUS_MINUS}}
STEPS: dict[str, Settings] = {
    "batch, half mean": {"update": "batch", "reduction": "half_mean"},
    "batch, mean": {"update": "batch", "reduction": "mean"},
    "batch, half sum": {"update": "batch", "reduction": "half_sum"},
    "batch, sum": {"update": "batch", "reduction": "sum"},
    "online, half square": {"update": "online", "reduction": "half_sum"},
    "online, square": {"update": "online", "reduction": "sum"},
}
"""Whose gradient is followed, and how often a step is made."""

HAMEY = Claim(
    "Hamey 1991",
    "Hamey, NIPS 4 (1991) 1167",
    "2-2-1, eta 1.4, momentum 0.65, weights U[-7, 7], right below 0.4 and above 0.6",
    {
        "solved by epoch 54": Figure("share", 0.66, 0.005, 10_000),
        "solved by epoch 2,000": Figure("share", 0.76, 0.005, 10_000),
        "mean of the solved": Figure("epochs", 50, 0.5, 10_000),
        "harmonic mean": Figure("epochs", 40, 0.5, 10_000),
        "epoch of the peak": Figure("epochs", 49, 0.5, 10_000),
        "peak efficiency": Figure("solved per 1000 epochs", 17.1, low=16.8, high=17.4),
    },
    readings(
        STEPS,
        CODING,
        {"v = mu v - lr g": {"lr": 1.4}, "v = mu v - (1 - mu) lr g": {"lr": 1.4 * (1.0 - 0.65)}},
        {"biases drawn": {"init_bias": "same"}, "biases zero": {"init_bias": "zero"}},
        {
            "U[-7, 7]": {"init_scale": 7.0},
            "7 as full width": {"init_scale": 3.5},
            "7 over fan-in and bias": {"init_scale": 7.0 / 3.0},
            f"{BESIDE}: U[-1, 1]": {"init_scale": 1.0},
            f"{BESIDE}: U[-0.7, 0.7]": {"init_scale": 0.7},
        },
        {"2-2-1": {"shortcut": False}, f"{BESIDE}: 2-2-1 with shortcut": {"shortcut": True}},
        optimizer="momentum",
        momentum=0.65,
        init="uniform",
        criterion="margin",
        tolerance=0.4,
        budget=1_999,  # epochs are counted from 1, the presentation at which a start is tried
    ),
)

PENALTY: dict[str, Settings] = {"penalty on all": {"biases": True}, "penalty on weights": {"biases": False}}
LINE_SEARCH: dict[str, Settings] = {
    "exact line search": {"search": "exact"},
    "strong Wolfe": {"search": "wolfe"},
    "strong Wolfe, evaluations counted": {"search": "evaluations"},
}
KRAMER = "Kramer & Sangiovanni-Vincentelli, NIPS 1 (1988) 40"
KRAMER_CLAIMS = {
    "fixed_step": Claim(
        "Kramer & Sangiovanni-Vincentelli 1988, fixed step",
        KRAMER,
        "fixed step 1.0, penalty 1e-4, weights in (-1, 1), solved within 0.1",
        {
            "fixed step, solved": Figure("share", 0.78, 0.005, 100),
            "fixed step, solved after": Figure("epochs", 684, 0.5, 78, deviation=1460),
            "fixed step, failed after": Figure("epochs", 47_915, 0.5, 22),
        },
        readings(PENALTY, CODING),
    ),
    "steepest_descent": Claim(
        "Kramer & Sangiovanni-Vincentelli 1988, steepest descent",
        KRAMER,
        "steepest descent with line search",
        {
            "steepest descent, solved": Figure("share", 0.80, 0.005, 100),
            "steepest descent, solved after": Figure("epochs", 95, 0.5, 80),
        },
        readings(PENALTY, CODING, LINE_SEARCH),
    ),
    "polak_ribiere": Claim(
        "Kramer & Sangiovanni-Vincentelli 1988, Polak-Ribiere",
        KRAMER,
        "Polak-Ribiere conjugate gradient",
        {
            "Polak-Ribiere, solved": Figure("share", 0.72, 0.005, 100),
            "Polak-Ribiere, solved after": Figure("epochs", 73, 0.5, 72),
        },
        readings(PENALTY, CODING, LINE_SEARCH),
    ),
}

SWIRSZCZ_LINES = {
    ("gd", "relu"): (23, 47, 70, 80, 89, 89),
    ("gd", "sigmoid"): (90, 100, 100, 100, 100, 100),
    ("adam", "relu"): (28, 52, 68, 81, 91, 97),
    ("adam", "sigmoid"): (79, 98, 100, 100, 100, 100),
}
LEARNING_RATES = {"gd": (0.1, 1.0), "adam": (0.001, 0.01, 0.1)}
SWIRSZCZ = {
    f"{optimizer}_{activation}": Claim(
        f"Swirszcz et al. 2016, {optimizer} {activation}",
        "Swirszcz, Czarnecki & Pascanu, arXiv 1611.06310, Table 1",
        f"2-h-1, {optimizer}, {activation}: share that converges, h = 2 to 7",
        {
            f"{optimizer}, {activation}, h = {hidden}": Figure("share", share / 100, 0.005, settings={"hidden": hidden})
            for hidden, share in enumerate(shares, start=2)
        },
        readings(
            CODING,
            {
                "squared error of a sigmoid": {"output": "sigmoid", "objective": "squared_error"},
                "cross-entropy": {"output": "sigmoid", "objective": "cross_entropy"},
                "squared error of a linear output": {"output": "identity", "objective": "squared_error"},
            },
            {name: {"init": name} for name in ("xavier_normal", "he_normal", "lecun_normal", "normal", "uniform")},
            {f"rate {lr:g}": {"lr": lr} for lr in LEARNING_RATES[optimizer]},
            optimizer=optimizer,
            activation=activation,
            criterion="threshold",
            budget=20_000,
            stall=1e-14,  # dead and stuck relu units need no 20,000 epochs to show it
        ),
    )
    for (optimizer, activation), shares in SWIRSZCZ_LINES.items()
}

LOW = 0.05
"""Below this a share of failures counts as low: where the source's next range begins."""
KOLEN = Claim(
    "Kolen & Pollack 1990",
    "Kolen & Pollack, NIPS 3 (1990) 860",
    "2-2-1, not solved after 50,000 epochs: low for p <= 0.5, 5 % to 50 % for p from 2 to 4",
    {
        f"eta {lr:g}, momentum {momentum:g}, p = {p:g}": Figure(
            "share not solved",
            nan,
            low=0.0 if p < 1.0 else LOW,
            high=LOW if p < 1.0 else 0.5,
            settings={"lr": lr, "momentum": momentum, "init_scale": p},
        )
        for lr, momentum, p in product((1.0, 2.0), (0.0, 0.5, 0.9), (0.1, 0.25, 0.5, 2.0, 3.0, 4.0))
    },
    readings(STEPS, CODING, optimizer="momentum", init="uniform", init_bias="same", criterion="threshold", budget=50_000),
)

SCHMIDHUBER = Claim(
    "Schmidhuber 1993",
    "Schmidhuber, mailing list (1993)",
    "about 1,500 draws of nine weights from U(-10, 10) until a 2-2-1 network computes XOR",
    {"draws until one computes XOR": Figure("draws", 1_500, 50)},
    readings(
        {
            "sigmoid, inputs 0/1": {"problem": "xor"},
            "sigmoid, inputs -1/1": {"problem": PLUS_MINUS},
            "tanh hidden, inputs 0/1": {"problem": "xor", "activation": "tanh"},
            "tanh hidden, inputs -1/1": {"problem": PLUS_MINUS, "activation": "tanh"},
            "tanh, inputs and targets -1/1": {"problem": SYMMETRIC, "activation": "tanh", "output": "tanh"},
        },
        {
            "on its side": {"criterion": "threshold"},
            **{f"within {t:g}": {"criterion": "margin", "tolerance": t} for t in (0.4, 0.3, 0.2, 0.1)},
        },
        init="uniform",
        init_scale=10.0,
        init_bias="same",
        budget=0,
    ),
)

POSTED_SHARES = {"posted": {500: 0.07, 2_000: 0.62, 10_000: 0.68}, "exact": {500: 0.00, 2_000: 0.35, 10_000: 0.81}}
POSTED = Claim(
    "replica of the posted program",
    "independent replica of the posted program",
    "2-2-1 sigmoid, learning rate 0.1, the program's start: share that computes XOR",
    {
        f"{gradient}, {epoch:,} epochs": Figure(
            "share", share, 0.005, 2_000, settings={"gradient": gradient, "budget": epoch}
        )
        for gradient, shares in POSTED_SHARES.items()
        for epoch, share in shares.items()
    },
    {
        words: {"reduction": "sum", "lr": 0.1, "init": "posted", "criterion": "threshold"}
        for words in ("at that epoch", "at that epoch or before")
    },
)

CLAIMS = {
    "hamey": HAMEY,
    **KRAMER_CLAIMS,
    **SWIRSZCZ,
    "kolen": KOLEN,
    "schmidhuber": SCHMIDHUBER,
    "posted": POSTED,
}
"""All of them, by the names under which runs are kept."""
