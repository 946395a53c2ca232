"""The five feature tables as DuckDB SQL, written from their specification and from nothing else.

This is the second opinion on what featops computes, so it shares no code with it. Each table goes
through the same stages, one common table expression each:

  monthly   one row a customer and release month: filtered, cleaned, aggregated, narrowed
  windowed  + rolling means, deviations, minima and maxima, and lagged values
  exact     + differences, rates of change and whatever compares with a lag

A column that the specification rounds is kept twice: `<column>__exact` unrounded, which tells a tie
from a mistake, and `<column>` rounded.
"""

import json
from dataclasses import dataclass
from pathlib import Path

KEYS = ["pk_customer", "tpk_release_dt"]
COLUMNS = json.loads((Path(__file__).parent / "feature_columns.json").read_text())
FRAMES = ("rows", "months")
WINDOWS = (3, 6)
EXACT = "__exact"

# half_up4 rounds as Spark does: the shortest decimal text of the double, ties away from zero. Numbers
# that DECIMAL(38, 18) cannot hold have no fourth decimal left as doubles.
# strip_accents is NFD with the combining marks dropped; the letters after it have no decomposition.
# months_between counts a remainder in 31-day months; int() of Spark cuts towards zero.
MACROS = r"""
CREATE MACRO half_up4(x) AS
  coalesce(CAST(round(TRY_CAST(CAST(x AS VARCHAR) AS DECIMAL(38, 18)), 4) AS DOUBLE), x);

CREATE MACRO fold_letters(s) AS
  translate(replace(replace(replace(replace(s, 'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), 'þ', 'th'), 'øłđð', 'oldd');

CREATE MACRO clean(s) AS
  trim(
    regexp_replace(
      fold_letters(strip_accents(lower(regexp_replace(s, '^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$', '', 'g')))),
      '[][()*:.;<?/,''_& -]+', '_', 'g'),
    '_');

CREATE MACRO months_between(a, b) AS
  CASE WHEN day(a) = day(b) OR (a = last_day(a) AND b = last_day(b))
       THEN CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE)
       ELSE round((year(a) - year(b)) * 12 + month(a) - month(b) + (day(a) - day(b)) / 31::DOUBLE, 8)
  END;

CREATE MACRO whole_months_between(a, b) AS CAST(trunc(months_between(a, b)) AS BIGINT);

CREATE MACRO month_of_periodo(p) AS
  CASE WHEN regexp_full_match(p, '\d{4}-(0[1-9]|1[0-2])') THEN CAST(p || '-01' AS DATE)
       ELSE error('periodo is no month: ' || coalesce(p, 'null')) END;

CREATE MACRO released(month) AS
  CASE WHEN month IS NULL THEN error('a source row without a month')
       ELSE CAST(date_trunc('month', month) + INTERVAL 1 MONTH AS DATE) END;

CREATE MACRO rating_number(r) AS
  CASE clean(r) WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 WHEN 'd' THEN 4 WHEN 'e' THEN 5 ELSE 0 END;

CREATE MACRO is_customer(id) AS id IS NOT NULL AND id <> 999999999;

CREATE MACRO quotient(a, b) AS CASE WHEN b <> 0 THEN CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END;
"""


@dataclass(frozen=True)
class Table:
    """A feature table: its stages' own SQL and which columns the common windows run over."""

    source: str
    monthly: str
    rolling: tuple[str, ...] = ()  # mean and deviation
    extremes: tuple[str, ...] = ()  # minimum and maximum
    rounded: tuple[str, ...] = ()  # made in `monthly` or `extra`, with an __exact companion
    extra: tuple[tuple[str, str], ...] = ()  # (column, SQL over `windowed`)
    windows: tuple[tuple[str, str], ...] = ()  # (column, SQL with {w3}, {w6}, {lag1})


def expected_sql(name: str, frame: str, start: str, end: str) -> str:
    """A SELECT of the table's keys and unprefixed columns in order, then the __exact companions."""
    table, columns = TABLES[name], COLUMNS[name]
    lagged = [(c, k) for c in columns["lagged"] for k in columns["lags"]]
    rolled = [f"{c}_{f}_{n}m" for c in table.rolling for n in WINDOWS for f in ("ravg", "rstd")]
    rounded = [*table.rounded, *rolled, *(f"{c}_roc_{k}m" for c, k in lagged)]

    windowed = [f"{sql.format(**frame_words(frame))} AS {c}" for c, sql in table.windows]
    for n in WINDOWS:
        over = frame_over(frame, n)
        for c in table.rolling:
            windowed.append(f"avg(CAST({c} AS DOUBLE)) {over} AS {c}_ravg_{n}m{EXACT}")
            windowed.append(f"stddev_samp(CAST({c} AS DOUBLE)) {over} AS {c}_rstd_{n}m{EXACT}")
        for c in table.extremes:
            windowed.append(f"min({c}) {over} AS {c}_rmin_{n}m")
            windowed.append(f"max({c}) {over} AS {c}_rmax_{n}m")
    windowed += [f"{lag(frame, c, k)} AS {c}_lag_{k}m" for c, k in lagged]

    exact = [f"{sql} AS {c}" for c, sql in table.extra]
    for c, k in lagged:
        # The difference of two INT columns is INT again: DuckDB keeps the type of its operands.
        exact.append(f"{c} - {c}_lag_{k}m AS {c}_diff_{k}m")
        exact.append(f"quotient({c} - {c}_lag_{k}m, {c}_lag_{k}m) AS {c}_roc_{k}m{EXACT}")

    made_here = {*rolled, *(f"{c}_roc_{k}m" for c, k in lagged)}
    output = [f"half_up4({c}{EXACT}) AS {c}" if c in made_here else c for c in feature_names(name)]
    output += [f"{c}{EXACT}" for c in rounded]
    return f"""
WITH monthly AS ({table.monthly.format(start=start, end=end)}),
windowed AS (SELECT {", ".join(["*", *windowed])} FROM monthly),
exact AS (SELECT {", ".join(["*", *exact])} FROM windowed)
SELECT {", ".join(KEYS + output)} FROM exact
WHERE tpk_release_dt BETWEEN DATE '{start}' AND DATE '{end}'"""


def feature_names(name: str) -> list[str]:
    """The table's feature columns in output order, without the prefix."""
    columns = COLUMNS[name]
    changes = [f"{c}_{f}_{k}m" for c in columns["lagged"] for k in columns["lags"] for f in ("lag", "diff", "roc")]
    return columns["reference"] + columns["added"] + changes


def frame_over(frame: str, months: int) -> str:
    """The last `months` rows, or the rows of the last `months` months; the current one included."""
    bounds = {
        "rows": f"ROWS BETWEEN {months - 1} PRECEDING AND CURRENT ROW",
        "months": f"RANGE BETWEEN INTERVAL {months - 1} MONTH PRECEDING AND CURRENT ROW",
    }[frame]
    return f"OVER (PARTITION BY pk_customer ORDER BY tpk_release_dt {bounds})"


def lag(frame: str, column: str, k: int) -> str:
    """The value k rows back; or that of the row exactly k months back, which is the only one in its range."""
    if frame == "rows":
        return f"lag({column}, {k}) OVER (PARTITION BY pk_customer ORDER BY tpk_release_dt)"
    back = f"INTERVAL {k} MONTH PRECEDING"
    return f"max({column}) OVER (PARTITION BY pk_customer ORDER BY tpk_release_dt RANGE BETWEEN {back} AND {back})"


def frame_words(frame: str) -> dict[str, str]:
    return {
        "w3": frame_over(frame, 3),
        "w6": frame_over(frame, 6),
        "lag_of_rating": lag(frame, "rating_num", 1),
    }


DEMOGRAPHIC = Table(
    source="clientes",
    monthly="""
SELECT id_cliente AS pk_customer, tpk_release_dt,
  clean(genero) AS gender,
  CASE WHEN clean(nivel_educativo) IN ('universitario', 'postgrado') THEN 'superior'
       WHEN clean(nivel_educativo) IN ('secundaria', 'primaria') THEN clean(nivel_educativo)
       ELSE 'ninguna' END AS educational_lvl1,
  clean(nivel_educativo) AS educational_lvl2,
  CASE WHEN clean(estado_civil) IN ('divorciado', 'soltero') THEN 'soltero'
       WHEN clean(estado_civil) IS NOT NULL THEN 'casado' END AS marital_status_lvl1,
  clean(estado_civil) AS marital_status_lvl2,
  CAST(ingresos_mensuales AS DOUBLE) AS avg_income_month,
  clean(zona_residencia) AS zone_residence,
  clean(ciudad) AS city,
  clean(segmento_cliente) AS segment,
  months_between(tpk_release_dt, CAST(date_trunc('month', fecha_apertura) AS DATE)) AS cust_code_creation_time_months
FROM clientes JOIN (
  SELECT CAST(unnest(generate_series(date_trunc('month', DATE '{start}'), DATE '{end}', INTERVAL 1 MONTH)) AS DATE)
    AS tpk_release_dt) ON tpk_release_dt >= fecha_apertura
WHERE is_customer(id_cliente)""",
)

CREDIT_RISK = Table(
    source="buro_credito",
    monthly="""
SELECT *, half_up4(total_banking_debt_sum_to_bureau_score_sum_ratio__exact)
  AS total_banking_debt_sum_to_bureau_score_sum_ratio
FROM (
  SELECT *, quotient(total_banking_debt_sum, bureau_score_sum) AS total_banking_debt_sum_to_bureau_score_sum_ratio__exact
  FROM (
    SELECT id_cliente AS pk_customer, released(month_of_periodo(periodo)) AS tpk_release_dt,
      CAST(count(*) AS INTEGER) AS credits_cnt,
      CAST(sum(buro_score) AS INTEGER) AS bureau_score_sum,
      fsum(CAST(deuda_total_bancos AS DOUBLE)) AS total_banking_debt_sum,
      CAST(sum(consultas_buro_12m) AS INTEGER) AS bureau_inquiries_12m_sum,
      CAST(max(rating_number(calificacion_sistema)) AS INTEGER) AS rating_num
    FROM buro_credito
    WHERE is_customer(id_cliente) AND buro_score IS NOT NULL AND calificacion_sistema IS NOT NULL
    GROUP BY ALL))""",
    rolling=("bureau_score_sum", "total_banking_debt_sum", "bureau_inquiries_12m_sum"),
    extremes=("rating_num",),
    rounded=("total_banking_debt_sum_to_bureau_score_sum_ratio",),
    windows=(("rating_before", "{lag_of_rating}"),),
    extra=(
        ("ind_high_risk", "rating_num >= 4"),
        ("ind_rating_worsened", "rating_num > rating_before"),
        ("ind_rating_improved", "rating_num < rating_before"),
    ),
)

PRODUCTS = {
    "vehicle_loan": "credito_vehicular",
    "mortgage_loan": "credito_hipotecario",
    "credit_card": "tarjeta_de_credito",
    "productive_credit": "credito_productivo",
}
PRODUCT_SUMS = tuple(f"{p}_amount_sum_m" for p in PRODUCTS)
PRODUCT_INDICATORS = tuple(f"ind_{p}_product" for p in PRODUCTS)
AMOUNTS = tuple(f"amount_{f}_m" for f in ("sum", "avg", "min", "max"))

HOLDING_PRODUCTS = Table(
    source="productos",
    monthly="""
SELECT id_cliente AS pk_customer, released(fecha) AS tpk_release_dt,
  """
    + "".join(
        f"coalesce(fsum(monto) FILTER (WHERE producto = '{source}'), 0) AS {p}_amount_sum_m,\n  "
        f"count(*) FILTER (WHERE producto = '{source}') > 0 AS ind_{p}_product,\n  "
        for p, source in PRODUCTS.items()
    )
    + """
  CAST(coalesce(max(total_productos), 0) AS INTEGER) AS products_cnt_m,
  coalesce(fsum(monto), 0) AS amount_sum_m,
  coalesce(favg(monto), 0) AS amount_avg_m,
  coalesce(min(monto), 0) AS amount_min_m,
  coalesce(max(monto), 0) AS amount_max_m
FROM (SELECT id_cliente, fecha, total_productos, clean(producto) AS producto, CAST(monto AS DOUBLE) AS monto FROM productos)
WHERE is_customer(id_cliente) AND monto IS NOT NULL
GROUP BY ALL""",
    rolling=PRODUCT_SUMS + AMOUNTS,
    extremes=(*PRODUCT_INDICATORS, "products_cnt_m"),
    extra=(
        (
            "product_diversification_ratio",
            "(" + " + ".join(f"CAST({i} AS INTEGER)" for i in PRODUCT_INDICATORS) + ") / 4::DOUBLE",
        ),
        (
            "amount_concentration_hhi",
            "CASE WHEN amount_sum_m <> 0 THEN "
            + " + ".join(f"({s} / amount_sum_m) * ({s} / amount_sum_m)" for s in PRODUCT_SUMS)
            + " END",
        ),
    ),
)

PAYMENT_BEHAVIOR = Table(
    source="pagos",
    monthly="""
SELECT *, half_up4(amt_paid_sum_pct__exact) AS amt_paid_sum_pct,
  half_up4(amt_total_balance_sum_pct__exact) AS amt_total_balance_sum_pct,
  half_up4(time_to_close_in_months_pct__exact) AS time_to_close_in_months_pct
FROM (
  SELECT *, quotient(100 * amt_paid_sum, amt_total_credit_sum) AS amt_paid_sum_pct__exact,
    quotient(100 * amt_total_balance_sum, amt_total_credit_sum) AS amt_total_balance_sum_pct__exact,
    quotient(100::DOUBLE * time_to_close_in_months, credit_duration_in_months) AS time_to_close_in_months_pct__exact
  FROM (
    SELECT id_cliente AS pk_customer, released(mes) AS tpk_release_dt,
      CAST(count(*) AS INTEGER) AS credits_cnt,
      fsum(CAST(saldo_total_credito AS DOUBLE)) AS amt_total_balance_sum,
      fsum(CAST(monto_pagado AS DOUBLE)) AS amt_paid_sum,
      fsum(CAST(valor_total_credito AS DOUBLE)) AS amt_total_credit_sum,
      fsum(CAST(cuota_mensual AS DOUBLE)) AS amt_installment_sum,
      CAST(sum(whole_months_between(fecha_cierre, fecha_apertura)) AS INTEGER) AS credit_duration_in_months,
      CAST(sum(whole_months_between(fecha_cierre, mes)) AS INTEGER) AS time_to_close_in_months,
      bool_or(cuota_pagada) AS ind_installment_paid,
      bool_or(pago_minimo) AS ind_did_min_payment,
      CAST(max(rating_number(calificacion_sistema)) AS INTEGER) AS rating_num,
      CAST(max(dias_mora) AS INTEGER) AS days_past_due_max,
      bool_or(NOT cuota_pagada) AS missed_installment
    FROM (SELECT *, month_of_periodo(periodo) AS mes FROM pagos)
    WHERE is_customer(id_cliente) AND calificacion_sistema IS NOT NULL
    GROUP BY ALL))""",
    rolling=("amt_total_balance_sum", "amt_paid_sum", "amt_installment_sum"),
    extremes=("ind_installment_paid", "ind_did_min_payment", "rating_num"),
    rounded=("amt_paid_sum_pct", "amt_total_balance_sum_pct", "time_to_close_in_months_pct"),
    windows=(
        ("days_past_due_max_rmax_3m", "max(days_past_due_max) {w3}"),
        ("days_past_due_max_rmax_6m", "max(days_past_due_max) {w6}"),
        ("ind_missed_installment_3m", "bool_or(missed_installment) {w3}"),
    ),
)

TRANSACTIONS = Table(
    source="transacciones",
    monthly="""
SELECT *, half_up4(amt_trx_sum_m_to_trx_cnt_m_ratio__exact) AS amt_trx_sum_m_to_trx_cnt_m_ratio
FROM (
  SELECT *, quotient(amt_trx_sum_m, trx_cnt_m) AS amt_trx_sum_m_to_trx_cnt_m_ratio__exact
  FROM (
    SELECT id_cliente AS pk_customer, released(month_of_periodo(periodo)) AS tpk_release_dt,
      CAST(coalesce(sum(numero_transacciones), 0) AS INTEGER) AS trx_cnt_m,
      coalesce(fsum(CAST(monto_total_transacciones AS DOUBLE)), 0) AS amt_trx_sum_m,
      CAST(coalesce(sum(recencia_ultima_transaccion), 0) AS INTEGER) AS last_transaction_recall_sum_m
    FROM transacciones
    WHERE is_customer(id_cliente)
    GROUP BY ALL))""",
    rolling=(
        "trx_cnt_m",
        "amt_trx_sum_m",
        "last_transaction_recall_sum_m",
        "amt_trx_sum_m_to_trx_cnt_m_ratio",
    ),
    rounded=("amt_trx_sum_m_to_trx_cnt_m_ratio",),
    windows=(("active_months_6m", "CAST(count(*) FILTER (WHERE trx_cnt_m > 0) {w6} AS INTEGER)"),),
    extra=(("ind_active", "trx_cnt_m > 0"),),
)

TABLES = {
    "fs_cus_demographic": DEMOGRAPHIC,
    "fs_cus_credit_risk": CREDIT_RISK,
    "fs_cus_holding_products": HOLDING_PRODUCTS,
    "fs_cus_payment_behavior": PAYMENT_BEHAVIOR,
    "fs_cus_transactions": TRANSACTIONS,
}
