"""A feature table, or a training set, in Polars: lazy frames from Parquet files to a Parquet file.

A table is grouped by customer and month and sorted, and a value k rows back is a shift by k, null where it comes from another
customer. Windows are made of shifted columns."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from polars import col

WINDOWS, STEPS = (3, 6), (1, 3, 6)
PRODUCTS = {
    "vehicle_loan": "credito_vehicular",
    "mortgage_loan": "credito_hipotecario",
    "credit_card": "tarjeta_de_credito",
    "productive_credit": "credito_productivo",
}
NUMBERS = [*(f"{p}_amount_sum_m" for p in PRODUCTS), "amount_sum_m", "amount_avg_m", "amount_min_m", "amount_max_m"]
RATINGS = {r: i + 1 for i, r in enumerate("abcde")}


def rounded(x):
    return x.round(4, mode="half_away_from_zero")


def total(c):
    """A sum that is null without values."""
    return pl.when(col(c).count() > 0).then(col(c).sum())


def quotient(a, b):
    return pl.when(b != 0).then(a / b)


def clean(c):
    x = col(c).str.strip_chars().str.to_lowercase().str.replace_all(" ", "_", literal=True)
    for a, b in zip("áéíóúñã", "aeiouna", strict=True):
        x = x.str.replace_all(a, b, literal=True)
    return x


def rating():
    x = col("calificacion_sistema").str.strip_chars().str.to_lowercase()
    return x.replace_strict(RATINGS, default=0, return_dtype=pl.Int32).alias("rating_num")


def customers(frame):
    return frame.filter(col("id_cliente").is_not_null() & (col("id_cliente") != 999999999)).rename({"id_cliente": "pk_customer"})


KEYS = "pk_customer", "tpk_release_dt"


def released(frame, month):
    """Replaces a month by the release day, which is a quicker key than a text."""
    day = (col(month) + "-01").str.to_date("%Y-%m-%d") if month == "periodo" else col(month).dt.date()
    return frame.with_columns(tpk_release_dt=day.dt.offset_by("1mo")).drop(month)


def whole_months(end, start):
    months = (end.dt.year() - start.dt.year()) * 12 + end.dt.month() - start.dt.month()
    return months - (end.dt.day() < start.dt.day()).cast(pl.Int32)


@dataclass
class Table:
    """What is made of the groups, and which columns the common windows run over."""

    monthly: callable
    rolling: list = field(default_factory=list)
    extremes: list = field(default_factory=list)
    lagged: list = field(default_factory=list)
    maxima: dict = field(default_factory=dict)  # further maxima over windows, as name: (column, rows)
    made: dict = field(default_factory=dict)  # of the columns of a row


def credit_risk(source):
    kept = customers(source).filter(col("buro_score").is_not_null() & col("calificacion_sistema").is_not_null())
    return released(kept.with_columns(rating()), "periodo").group_by(KEYS).agg(
        pl.len().cast(pl.Int32).alias("credits_cnt"),
        total("buro_score").cast(pl.Int32).alias("bureau_score_sum"),
        total("deuda_total_bancos").alias("total_banking_debt_sum"),
        total("consultas_buro_12m").cast(pl.Int32).alias("bureau_inquiries_12m_sum"),
        col("rating_num").max(),
    )


def holding_products(source):
    kept = released(customers(source).filter(col("monto").is_not_null()).with_columns(clean("producto")), "fecha")
    of = {p: col("producto") == name for p, name in PRODUCTS.items()}
    kept = kept.with_columns(
        *(pl.when(x).then("monto").alias(f"{p}_amount_sum_m") for p, x in of.items()),
        *(x.fill_null(False).alias(f"ind_{p}_product") for p, x in of.items()),
    )
    return kept.group_by(KEYS).agg(
        *(col(f"{p}_amount_sum_m").sum() for p in PRODUCTS),
        *(col(f"ind_{p}_product").max() for p in PRODUCTS),
        col("total_productos").max().fill_null(0).cast(pl.Int32).alias("products_cnt_m"),
        *(getattr(col("monto"), f)().alias(f"amount_{n}_m") for f, n in (("sum", "sum"), ("mean", "avg"), ("min", "min"), ("max", "max"))),
    )


def payment_behavior(source):
    mes = (col("periodo") + "-01").str.to_date("%Y-%m-%d")
    kept = customers(source).filter(col("calificacion_sistema").is_not_null()).with_columns(
        rating(), duration=whole_months(col("fecha_cierre"), col("fecha_apertura")), to_close=whole_months(col("fecha_cierre"), mes),
        missed=~col("cuota_pagada"),
    )
    sums = {"saldo_total_credito": "amt_total_balance_sum", "monto_pagado": "amt_paid_sum", "valor_total_credito": "amt_total_credit_sum",
            "cuota_mensual": "amt_installment_sum"}
    return released(kept, "periodo").group_by(KEYS).agg(
        pl.len().cast(pl.Int32).alias("credits_cnt"),
        *(total(c).alias(name) for c, name in sums.items()),
        total("duration").cast(pl.Int32).alias("credit_duration_in_months"),
        total("to_close").cast(pl.Int32).alias("time_to_close_in_months"),
        col("cuota_pagada").max().alias("ind_installment_paid"),
        col("pago_minimo").max().alias("ind_did_min_payment"),
        col("rating_num").max(),
        col("dias_mora").max().cast(pl.Int32).alias("days_past_due_max"),
        col("missed").max(),
    )


def transactions(source):
    sums = {"numero_transacciones": "trx_cnt_m", "monto_total_transacciones": "amt_trx_sum_m", "recencia_ultima_transaccion": "last_transaction_recall_sum_m"}
    grouped = released(customers(source), "periodo").group_by(KEYS).agg(col(c).sum().alias(name) for c, name in sums.items())
    return grouped.with_columns(
        col("trx_cnt_m", "last_transaction_recall_sum_m").cast(pl.Int32),
        amt_trx_sum_m_to_trx_cnt_m_ratio=rounded(quotient(col("amt_trx_sum_m"), col("trx_cnt_m"))),
        active=(col("trx_cnt_m") > 0).cast(pl.Int32),
    )


SUMS = ["bureau_score_sum", "total_banking_debt_sum", "bureau_inquiries_12m_sum"]
AMOUNTS = ["amt_total_balance_sum", "amt_paid_sum", "amt_installment_sum"]
ACTIVITY = ["trx_cnt_m", "amt_trx_sum_m", "last_transaction_recall_sum_m", "amt_trx_sum_m_to_trx_cnt_m_ratio"]
INDICATORS = [f"ind_{p}_product" for p in PRODUCTS]


def percent(a, b):
    return rounded(quotient(100 * col(a), col(b)))


def concentration():
    share = [col(f"{p}_amount_sum_m") / col("amount_sum_m") for p in PRODUCTS]
    squares = share[0] * share[0]
    for s in share[1:]:
        squares = squares + s * s
    return pl.when(col("amount_sum_m") != 0).then(squares)


TABLES = {
    "fs_cus_credit_risk": Table(
        credit_risk, SUMS, ["rating_num"], SUMS,
        made={
            "total_banking_debt_sum_to_bureau_score_sum_ratio": rounded(quotient(col("total_banking_debt_sum"), col("bureau_score_sum"))),
            "ind_high_risk": col("rating_num") >= 4,
            "ind_rating_worsened": col("rating_num") > col("rating_num_1"),
            "ind_rating_improved": col("rating_num") < col("rating_num_1"),
        },
    ),
    "fs_cus_holding_products": Table(
        holding_products, NUMBERS, [*INDICATORS, "products_cnt_m"], NUMBERS,
        made={
            "product_diversification_ratio": pl.sum_horizontal(col(i).cast(pl.Int32) for i in INDICATORS) / 4.0,
            "amount_concentration_hhi": concentration(),
        },
    ),
    "fs_cus_payment_behavior": Table(
        payment_behavior, AMOUNTS, ["ind_installment_paid", "ind_did_min_payment", "rating_num"],
        ["amt_total_balance_sum", "amt_paid_sum", "amt_total_credit_sum", "amt_installment_sum"],
        maxima={
            "days_past_due_max_rmax_3m": ("days_past_due_max", 3),
            "days_past_due_max_rmax_6m": ("days_past_due_max", 6),
            "ind_missed_installment_3m": ("missed", 3),
        },
        made={
            "amt_paid_sum_pct": percent("amt_paid_sum", "amt_total_credit_sum"),
            "amt_total_balance_sum_pct": percent("amt_total_balance_sum", "amt_total_credit_sum"),
            "time_to_close_in_months_pct": percent("time_to_close_in_months", "credit_duration_in_months"),
        },
    ),
    "fs_cus_transactions": Table(
        transactions, ACTIVITY, [], ACTIVITY,
        made={
            "ind_active": col("trx_cnt_m") > 0,
            "active_months_6m": pl.sum_horizontal(col("active"), *(col(f"active_{k}") for k in range(1, 6))).cast(pl.Int32),
        },
    ),
}


def window(c, n):
    """The column and its shifted ones, the last n rows."""
    return [col(c), *(col(f"{c}_{k}") for k in range(1, n))]


def windowed(frame, t):
    frame = frame.sort(KEYS)
    reach = {c: 5 for c in [*t.rolling, *t.extremes, *(c for c, _ in t.maxima.values()), *(["active"] if "active_months_6m" in t.made else [])]}
    reach |= {c: 6 for c in t.lagged}
    same = {k: col("pk_customer") == col("pk_customer").shift(k) for k in range(1, 7)}
    frame = frame.with_columns(x.alias(f"same_{k}") for k, x in same.items())
    frame = frame.with_columns(pl.when(f"same_{k}").then(col(c).shift(k)).alias(f"{c}_{k}") for c, last in reach.items() for k in range(1, last + 1))
    frame = frame.with_columns(pl.mean_horizontal(window(c, n)).alias(f"{c}_mean_{n}") for c in t.rolling for n in WINDOWS)
    made = dict(t.made)
    for n in WINDOWS:
        for c in t.rolling:
            values, mean = window(c, n), col(f"{c}_mean_{n}")
            count = pl.sum_horizontal(x.is_not_null().cast(pl.Int32) for x in values)
            squares = pl.sum_horizontal((x - mean) * (x - mean) for x in values)
            made[f"{c}_ravg_{n}m"] = rounded(mean)
            made[f"{c}_rstd_{n}m"] = rounded(pl.when(count > 1).then((squares / (count - 1)).sqrt()))
        for c in t.extremes:
            made[f"{c}_rmin_{n}m"] = pl.min_horizontal(window(c, n))
            made[f"{c}_rmax_{n}m"] = pl.max_horizontal(window(c, n))
    for name, (c, n) in t.maxima.items():
        made[name] = pl.max_horizontal(window(c, n))
    for c in t.lagged:
        for k in STEPS:
            lag = col(f"{c}_{k}")
            made[f"{c}_lag_{k}m"] = lag
            made[f"{c}_diff_{k}m"] = col(c) - lag
            made[f"{c}_roc_{k}m"] = rounded(quotient((col(c) - lag).cast(pl.Float64), lag))
    return frame, made


def demographic(source, task):
    """A row for each month from the one in which the customer came."""
    education, state = clean("nivel_educativo"), clean("estado_civil")
    broad = {"universitario": "superior", "postgrado": "superior", "secundaria": "secundaria", "primaria": "primaria"}
    people = customers(source).select(
        "pk_customer", "fecha_apertura",
        gender=clean("genero"),
        educational_lvl1=education.replace_strict(broad, default="ninguna").fill_null("ninguna"),
        educational_lvl2=education,
        marital_status_lvl1=pl.when(state.is_in(["divorciado", "soltero"])).then(pl.lit("soltero")).when(state.is_not_null()).then(pl.lit("casado")),
        marital_status_lvl2=state,
        avg_income_month="ingresos_mensuales",
        zone_residence=clean("zona_residencia"), city=clean("ciudad"), segment=clean("segmento_cliente"),
    )
    start, end = (pl.lit(task[k]).str.to_date() for k in ("Start", "End"))
    months = pl.LazyFrame().select(tpk_release_dt=pl.date_range(start, end, "1mo"))
    rows = people.join(months, how="cross").filter(col("tpk_release_dt") >= col("fecha_apertura"))
    age = whole_months(col("tpk_release_dt"), col("fecha_apertura").dt.truncate("1mo")).cast(pl.Float64)
    return rows.with_columns(cust_code_creation_time_months=age), {}


def build(task):
    source = pl.scan_parquet(task["Source"])
    if task["Table"] == "fs_cus_demographic":
        frame, made = demographic(source, task)
    else:
        t = TABLES[task["Table"]]
        frame, made = windowed(t.monthly(source), t)
    columns = [(c, c.split("_", 1)[1]) for c in task["Columns"]]
    return frame.select(*KEYS, *(made.get(name, col(name)).alias(c) for c, name in columns))


def join(task):
    rows = pl.scan_parquet(task["Labels"]).sort("label_date")
    for files in task["Tables"]:
        table = pl.scan_parquet(files).sort("tpk_release_dt")
        rows = rows.join_asof(table, left_on="label_date", right_on="tpk_release_dt", by="pk_customer", check_sortedness=False)
        rows = rows.drop("tpk_release_dt", strict=False)
    return rows


def main():
    task = json.loads(sys.argv[1])
    frame = {"build": build, "join": join}[task["Do"]](task)
    frame.sink_parquet(Path(task["Output"]) / "polars.parquet", compression="snappy", engine="streaming")


main()
