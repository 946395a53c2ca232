"""Figures of the real credit-card data, computed from its CSV in plain Python, against featops' tables.

featops has ingested the file through the mappings of examples/uci_credit_card and built the demographic
and payment tables for releases from April to October 2005. Here the same figures come straight from
the CSV: no SQL, no Delta, exact arithmetic.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

from delta_home import MissingTable, feature_database, read_table

# The newest month comes first in the file: X6 … X11 status, X12 … X17 bill, X18 … X23 paid.
EVENT_MONTHS = [date(2005, month, 1) for month in range(9, 3, -1)]
DEMOGRAPHIC_RELEASES = [date(2005, month, 1) for month in range(4, 11)]
GENDER = {1: "m", 2: "f"}
EDUCATION = {1: "postgrado", 2: "universitario", 3: "secundaria"}
HIGHER_EDUCATION = {"postgrado", "universitario"}
MARITAL = {1: "casado", 2: "soltero"}
SEGMENTS = [(200_000, "elite"), (80_000, "premium"), (50_000, "prestige")]
SAMPLED = 100

AMOUNTS = ("amt_paid_sum", "amt_total_balance_sum")
DEMOGRAPHIC_TEXT = (
    "gender",
    "educational_lvl1",
    "educational_lvl2",
    "marital_status_lvl1",
    "marital_status_lvl2",
    "segment",
)
DEMOGRAPHIC_ABSENT = ("avg_income_month", "zone_residence", "city")
PAYMENT_COUNTS = ("days_past_due_max", "rating_num", "ind_installment_paid")
PAYMENT_WINDOWS = tuple(f"{a}_{f}_{w}m" for a in AMOUNTS for w in (3, 6) for f in ("ravg", "rstd"))


class Figures:
    """Pairs of figures, the CSV's and the table's, and how many of them differ."""

    def __init__(self):
        self.compared = self.differing = 0

    def same(self, what: str, csv_figure, table_figure) -> None:
        self.compared += 1
        if csv_figure != table_figure:
            self.differing += 1
            print(f"  {what}: the CSV gives {csv_figure!r}, the table {table_figure!r}")


def clients(path: Path) -> list[dict]:
    """One dict a client: the attributes as feature tables spell them, and paid and balance by release month."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [client(row) for row in csv.DictReader(file)]


def client(row: dict[str, str]) -> dict:
    number = {name: int(Decimal(value)) for name, value in row.items()}
    limit, education = number["X1"], EDUCATION.get(number["X3"])
    months = {}
    for place, month in enumerate(EVENT_MONTHS):
        months[date(month.year, month.month + 1, 1)] = {
            "amt_total_balance_sum": Fraction(Decimal(row[f"X{12 + place}"])),
            "amt_paid_sum": Fraction(Decimal(row[f"X{18 + place}"])),
            "days_past_due_max": 30 * max(number[f"X{6 + place}"], 0),
            "rating_num": min(max(number[f"X{6 + place}"], 0), 4) + 1,
            "ind_installment_paid": number[f"X{6 + place}"] <= 0,
        }
    return {
        "id": number["ID"],
        "gender": GENDER[number["X2"]],
        "educational_lvl2": education,
        "educational_lvl1": "superior" if education in HIGHER_EDUCATION else education or "ninguna",
        "marital_status_lvl1": MARITAL.get(number["X4"]),
        "marital_status_lvl2": MARITAL.get(number["X4"]),
        "segment": next((name for cut, name in SEGMENTS if limit >= cut), "silver"),
        "limit": Fraction(Decimal(row["X1"])),
        "months": dict(sorted(months.items())),
    }


def rolling_mean(values: list[Fraction]) -> float:
    return half_up4(sum(values) / len(values))


def rolling_deviation(values: list[Fraction]) -> float | None:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    with localcontext(prec=60):
        return half_up4(Fraction((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()))


def half_up4(value: Fraction) -> float:
    units = abs(value) * 10_000 + Fraction(1, 2)
    whole = units.numerator // units.denominator
    return float(Fraction(whole if value >= 0 else -whole, 10_000))


def check_demographic(figures: Figures, people: list[dict], rows: list[dict]) -> None:
    releases = len(DEMOGRAPHIC_RELEASES)
    figures.same("rows", len(people) * releases, len(rows))
    figures.same("customers", {p["id"] for p in people}, {r["pk_customer"] for r in rows})
    figures.same(
        "rows a month",
        {month: len(people) for month in DEMOGRAPHIC_RELEASES},
        dict(Counter(r["tpk_release_dt"] for r in rows)),
    )
    for column in DEMOGRAPHIC_TEXT:
        csv_counts = Counter(p[column] for p in people)
        figures.same(
            column, {v: n * releases for v, n in csv_counts.items()}, dict(Counter(r[f"cdmg_{column}"] for r in rows))
        )
    for column in DEMOGRAPHIC_ABSENT:
        figures.same(f"values of {column}", 0, sum(r[f"cdmg_{column}"] is not None for r in rows))
    figures.same(
        "months since opening",
        {float(n): len(people) for n in range(releases)},
        dict(Counter(r["cdmg_cust_code_creation_time_months"] for r in rows)),
    )


def check_payments(figures: Figures, people: list[dict], rows: list[dict]) -> None:
    figures.same("rows", len(people) * len(EVENT_MONTHS), len(rows))
    figures.same("customers", {p["id"] for p in people}, {r["pk_customer"] for r in rows})
    csv_months, table_months = defaultdict(Counter), defaultdict(Counter)
    for person in people:
        for month, values in person["months"].items():
            csv_months[month].update({**values, "amt_total_credit_sum": person["limit"]})
    for row in rows:
        amounts = {c: Fraction(row[f"cpym_{c}"]) for c in (*AMOUNTS, "amt_total_credit_sum")}
        table_months[row["tpk_release_dt"]].update(amounts | {c: row[f"cpym_{c}"] for c in PAYMENT_COUNTS})
    figures.same("months", sorted(csv_months), sorted(table_months))
    for month, sums in csv_months.items():
        for column, value in sums.items():
            figures.same(f"sum of {column} in {month}", value, table_months[month][column])

    by_key = {(r["pk_customer"], r["tpk_release_dt"]): r for r in rows}
    for person in people[:: len(people) // SAMPLED][:SAMPLED]:
        months = list(person["months"])
        for place, month in enumerate(months):
            row = by_key.get((person["id"], month), {})
            for column in AMOUNTS:
                for window in (3, 6):
                    values = [person["months"][m][column] for m in months[max(0, place - window + 1) : place + 1]]
                    for function, figure in (("ravg", rolling_mean(values)), ("rstd", rolling_deviation(values))):
                        name = f"cpym_{column}_{function}_{window}m"
                        figures.same(f"{name} of client {person['id']} at {month}", figure, row.get(name))


CHECKS = {
    "fs_cus_demographic": (
        "bncapers",
        check_demographic,
        "cdmg_",
        (*DEMOGRAPHIC_TEXT, *DEMOGRAPHIC_ABSENT, "cust_code_creation_time_months"),
    ),
    "fs_cus_payment_behavior": (
        "medpag",
        check_payments,
        "cpym_",
        (*AMOUNTS, "amt_total_credit_sum", *PAYMENT_COUNTS, *PAYMENT_WINDOWS),
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the --home that featops ran with")
    parser.add_argument("--csv", type=Path, required=True, help="UCI_Credit_Card.csv")
    parser.add_argument("--env", default="dev")
    options = parser.parse_args()

    people = clients(options.csv)
    print(f"{options.csv.name}: {len(people):,} clients")
    failed = False
    for table, (workspace, check, prefix, columns) in CHECKS.items():
        figures = Figures()
        try:
            rows, _ = read_table(options.home, workspace, options.env, feature_database(options.env), table)
        except MissingTable as error:
            print(f"{table}: {error}")
            failed = True
            continue
        names = ["pk_customer", "tpk_release_dt", *(prefix + c for c in columns)]
        check(figures, people, rows.select(names).to_pylist())
        print(f"{table}: {rows.num_rows:,} rows, {figures.compared:,} figures compared, {figures.differing:,} differ")
        failed = failed or figures.differing > 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
