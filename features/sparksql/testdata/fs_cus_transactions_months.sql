-- fs_cus_transactions: Features for customer transaction activity.
-- A row per customer and release month, 2019-01-01 to 2026-05-01; windows over months.
WITH
-- The rows of customers, in the types that features read, with the first day of the event month: null where it is none.
source_rows AS (
  SELECT
    `id_cliente` AS `pk_customer`,
    CASE
      WHEN length(`periodo`) = 7 AND `periodo` RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])$' AND `periodo` >= '0001'
      THEN try_cast(concat(`periodo`, '-01') AS DATE)
    END AS `event_month`,
    CAST(`numero_transacciones` AS BIGINT) AS `numero_transacciones`,
    CAST(`monto_total_transacciones` AS DOUBLE) AS `monto_total_transacciones`,
    CAST(`recencia_ultima_transaccion` AS BIGINT) AS `recencia_ultima_transaccion`
  FROM `main`.`sources`.`transacciones`
  WHERE `id_cliente` IS NOT NULL AND `id_cliente` <> 999999999
),
-- The rows that count, with their release date: what happened in a month is released on the first day of the next one.
kept_rows AS (
  SELECT
    *,
    add_months(`event_month`, 1) AS `tpk_release_dt`
  FROM source_rows
  WHERE `event_month` IS NOT NULL
),
-- A row per customer and release month.
monthly AS (
  SELECT
    `pk_customer`,
    `tpk_release_dt`,
    12 * year(`tpk_release_dt`) + month(`tpk_release_dt`) AS `month_index`,
    coalesce(sum(`numero_transacciones`), 0L) AS `trx_cnt_m`,
    coalesce(sum(`monto_total_transacciones`), 0.0D) AS `amt_trx_sum_m`,
    coalesce(sum(`recencia_ultima_transaccion`), 0L) AS `last_transaction_recall_sum_m`
  FROM kept_rows
  GROUP BY `pk_customer`, `tpk_release_dt`
),
-- Columns made of those before, over windows of the customer's rows and row by row.
windowed AS (
  SELECT
    *,
    round(`amt_trx_sum_m` / nullif(`trx_cnt_m`, 0), 4) AS `amt_trx_sum_m_to_trx_cnt_m_ratio`,
    round(avg(`trx_cnt_m`) OVER last_3_months, 4) AS `trx_cnt_m_ravg_3m`,
    round(stddev_samp(`trx_cnt_m`) OVER last_3_months, 4) AS `trx_cnt_m_rstd_3m`,
    round(avg(`trx_cnt_m`) OVER last_6_months, 4) AS `trx_cnt_m_ravg_6m`,
    round(stddev_samp(`trx_cnt_m`) OVER last_6_months, 4) AS `trx_cnt_m_rstd_6m`,
    round(avg(`amt_trx_sum_m`) OVER last_3_months, 4) AS `amt_trx_sum_m_ravg_3m`,
    round(stddev_samp(`amt_trx_sum_m`) OVER last_3_months, 4) AS `amt_trx_sum_m_rstd_3m`,
    round(avg(`amt_trx_sum_m`) OVER last_6_months, 4) AS `amt_trx_sum_m_ravg_6m`,
    round(stddev_samp(`amt_trx_sum_m`) OVER last_6_months, 4) AS `amt_trx_sum_m_rstd_6m`,
    round(avg(`last_transaction_recall_sum_m`) OVER last_3_months, 4) AS `last_transaction_recall_sum_m_ravg_3m`,
    round(
      stddev_samp(`last_transaction_recall_sum_m`) OVER last_3_months, 4
    ) AS `last_transaction_recall_sum_m_rstd_3m`,
    round(avg(`last_transaction_recall_sum_m`) OVER last_6_months, 4) AS `last_transaction_recall_sum_m_ravg_6m`,
    round(
      stddev_samp(`last_transaction_recall_sum_m`) OVER last_6_months, 4
    ) AS `last_transaction_recall_sum_m_rstd_6m`,
    `trx_cnt_m` > 0L AS `ind_active`,
    sum(CASE WHEN `trx_cnt_m` > 0L THEN 1L ELSE 0L END) OVER last_6_months AS `active_months_6m`,
    first(`trx_cnt_m`) OVER month_before_1 AS `trx_cnt_m_lag_1m`,
    first(`trx_cnt_m`) OVER month_before_3 AS `trx_cnt_m_lag_3m`,
    first(`trx_cnt_m`) OVER month_before_6 AS `trx_cnt_m_lag_6m`,
    first(`amt_trx_sum_m`) OVER month_before_1 AS `amt_trx_sum_m_lag_1m`,
    first(`amt_trx_sum_m`) OVER month_before_3 AS `amt_trx_sum_m_lag_3m`,
    first(`amt_trx_sum_m`) OVER month_before_6 AS `amt_trx_sum_m_lag_6m`,
    first(`last_transaction_recall_sum_m`) OVER month_before_1 AS `last_transaction_recall_sum_m_lag_1m`,
    first(`last_transaction_recall_sum_m`) OVER month_before_3 AS `last_transaction_recall_sum_m_lag_3m`,
    first(`last_transaction_recall_sum_m`) OVER month_before_6 AS `last_transaction_recall_sum_m_lag_6m`
  FROM monthly
  WINDOW
    last_3_months AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 2 PRECEDING AND CURRENT ROW),
    last_6_months AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 5 PRECEDING AND CURRENT ROW),
    month_before_1 AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING),
    month_before_3 AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 3 PRECEDING AND 3 PRECEDING),
    month_before_6 AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 6 PRECEDING AND 6 PRECEDING)
),
-- Columns made of those before, over windows of the customer's rows and row by row.
windowed_2 AS (
  SELECT
    *,
    round(
      avg(`amt_trx_sum_m_to_trx_cnt_m_ratio`) OVER last_3_months, 4
    ) AS `amt_trx_sum_m_to_trx_cnt_m_ratio_ravg_3m`,
    round(
      stddev_samp(`amt_trx_sum_m_to_trx_cnt_m_ratio`) OVER last_3_months, 4
    ) AS `amt_trx_sum_m_to_trx_cnt_m_ratio_rstd_3m`,
    round(
      avg(`amt_trx_sum_m_to_trx_cnt_m_ratio`) OVER last_6_months, 4
    ) AS `amt_trx_sum_m_to_trx_cnt_m_ratio_ravg_6m`,
    round(
      stddev_samp(`amt_trx_sum_m_to_trx_cnt_m_ratio`) OVER last_6_months, 4
    ) AS `amt_trx_sum_m_to_trx_cnt_m_ratio_rstd_6m`,
    `trx_cnt_m` - `trx_cnt_m_lag_1m` AS `trx_cnt_m_diff_1m`,
    `trx_cnt_m` - `trx_cnt_m_lag_3m` AS `trx_cnt_m_diff_3m`,
    `trx_cnt_m` - `trx_cnt_m_lag_6m` AS `trx_cnt_m_diff_6m`,
    `amt_trx_sum_m` - `amt_trx_sum_m_lag_1m` AS `amt_trx_sum_m_diff_1m`,
    `amt_trx_sum_m` - `amt_trx_sum_m_lag_3m` AS `amt_trx_sum_m_diff_3m`,
    `amt_trx_sum_m` - `amt_trx_sum_m_lag_6m` AS `amt_trx_sum_m_diff_6m`,
    `last_transaction_recall_sum_m`
    - `last_transaction_recall_sum_m_lag_1m` AS `last_transaction_recall_sum_m_diff_1m`,
    `last_transaction_recall_sum_m`
    - `last_transaction_recall_sum_m_lag_3m` AS `last_transaction_recall_sum_m_diff_3m`,
    `last_transaction_recall_sum_m`
    - `last_transaction_recall_sum_m_lag_6m` AS `last_transaction_recall_sum_m_diff_6m`,
    first(`amt_trx_sum_m_to_trx_cnt_m_ratio`) OVER month_before_1 AS `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_1m`,
    first(`amt_trx_sum_m_to_trx_cnt_m_ratio`) OVER month_before_3 AS `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_3m`,
    first(`amt_trx_sum_m_to_trx_cnt_m_ratio`) OVER month_before_6 AS `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_6m`
  FROM windowed
  WINDOW
    last_3_months AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 2 PRECEDING AND CURRENT ROW),
    last_6_months AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 5 PRECEDING AND CURRENT ROW),
    month_before_1 AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING),
    month_before_3 AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 3 PRECEDING AND 3 PRECEDING),
    month_before_6 AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 6 PRECEDING AND 6 PRECEDING)
),
-- Columns made of those before, row by row.
derived AS (
  SELECT
    *,
    round(`trx_cnt_m_diff_1m` / nullif(`trx_cnt_m_lag_1m`, 0), 4) AS `trx_cnt_m_roc_1m`,
    round(`trx_cnt_m_diff_3m` / nullif(`trx_cnt_m_lag_3m`, 0), 4) AS `trx_cnt_m_roc_3m`,
    round(`trx_cnt_m_diff_6m` / nullif(`trx_cnt_m_lag_6m`, 0), 4) AS `trx_cnt_m_roc_6m`,
    round(`amt_trx_sum_m_diff_1m` / nullif(`amt_trx_sum_m_lag_1m`, 0), 4) AS `amt_trx_sum_m_roc_1m`,
    round(`amt_trx_sum_m_diff_3m` / nullif(`amt_trx_sum_m_lag_3m`, 0), 4) AS `amt_trx_sum_m_roc_3m`,
    round(`amt_trx_sum_m_diff_6m` / nullif(`amt_trx_sum_m_lag_6m`, 0), 4) AS `amt_trx_sum_m_roc_6m`,
    round(
      `last_transaction_recall_sum_m_diff_1m` / nullif(`last_transaction_recall_sum_m_lag_1m`, 0), 4
    ) AS `last_transaction_recall_sum_m_roc_1m`,
    round(
      `last_transaction_recall_sum_m_diff_3m` / nullif(`last_transaction_recall_sum_m_lag_3m`, 0), 4
    ) AS `last_transaction_recall_sum_m_roc_3m`,
    round(
      `last_transaction_recall_sum_m_diff_6m` / nullif(`last_transaction_recall_sum_m_lag_6m`, 0), 4
    ) AS `last_transaction_recall_sum_m_roc_6m`,
    `amt_trx_sum_m_to_trx_cnt_m_ratio`
    - `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_1m` AS `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_1m`,
    `amt_trx_sum_m_to_trx_cnt_m_ratio`
    - `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_3m` AS `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_3m`,
    `amt_trx_sum_m_to_trx_cnt_m_ratio`
    - `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_6m` AS `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_6m`
  FROM windowed_2
),
-- Columns made of those before, row by row.
derived_2 AS (
  SELECT
    *,
    round(
      `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_1m` / nullif(`amt_trx_sum_m_to_trx_cnt_m_ratio_lag_1m`, 0), 4
    ) AS `amt_trx_sum_m_to_trx_cnt_m_ratio_roc_1m`,
    round(
      `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_3m` / nullif(`amt_trx_sum_m_to_trx_cnt_m_ratio_lag_3m`, 0), 4
    ) AS `amt_trx_sum_m_to_trx_cnt_m_ratio_roc_3m`,
    round(
      `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_6m` / nullif(`amt_trx_sum_m_to_trx_cnt_m_ratio_lag_6m`, 0), 4
    ) AS `amt_trx_sum_m_to_trx_cnt_m_ratio_roc_6m`
  FROM derived
),
-- The first whole number of the row that INT cannot hold.
checked AS (
  SELECT
    *,
    CASE
      WHEN `trx_cnt_m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_trx_cnt_m: ', `trx_cnt_m`)
      WHEN `last_transaction_recall_sum_m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_last_transaction_recall_sum_m: ', `last_transaction_recall_sum_m`)
      WHEN `active_months_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_active_months_6m: ', `active_months_6m`)
      WHEN `trx_cnt_m_lag_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_trx_cnt_m_lag_1m: ', `trx_cnt_m_lag_1m`)
      WHEN `trx_cnt_m_diff_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_trx_cnt_m_diff_1m: ', `trx_cnt_m_diff_1m`)
      WHEN `trx_cnt_m_lag_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_trx_cnt_m_lag_3m: ', `trx_cnt_m_lag_3m`)
      WHEN `trx_cnt_m_diff_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_trx_cnt_m_diff_3m: ', `trx_cnt_m_diff_3m`)
      WHEN `trx_cnt_m_lag_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_trx_cnt_m_lag_6m: ', `trx_cnt_m_lag_6m`)
      WHEN `trx_cnt_m_diff_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_trx_cnt_m_diff_6m: ', `trx_cnt_m_diff_6m`)
      WHEN `last_transaction_recall_sum_m_lag_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_last_transaction_recall_sum_m_lag_1m: ', `last_transaction_recall_sum_m_lag_1m`)
      WHEN `last_transaction_recall_sum_m_diff_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_last_transaction_recall_sum_m_diff_1m: ', `last_transaction_recall_sum_m_diff_1m`)
      WHEN `last_transaction_recall_sum_m_lag_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_last_transaction_recall_sum_m_lag_3m: ', `last_transaction_recall_sum_m_lag_3m`)
      WHEN `last_transaction_recall_sum_m_diff_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_last_transaction_recall_sum_m_diff_3m: ', `last_transaction_recall_sum_m_diff_3m`)
      WHEN `last_transaction_recall_sum_m_lag_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_last_transaction_recall_sum_m_lag_6m: ', `last_transaction_recall_sum_m_lag_6m`)
      WHEN `last_transaction_recall_sum_m_diff_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column ctrx_last_transaction_recall_sum_m_diff_6m: ', `last_transaction_recall_sum_m_diff_6m`)
      ELSE NULL
    END AS `overflow`
  FROM derived_2
),
-- The months of the output. A whole number that INT cannot hold ends the statement.
released AS (
  SELECT
    *
  FROM checked
  WHERE CASE
      WHEN `tpk_release_dt` NOT BETWEEN DATE '2019-01-01' AND DATE '2026-05-01' THEN false
      WHEN `overflow` IS NOT NULL
      THEN raise_error(concat(
        `overflow`, ' does not fit INT (customer ', `pk_customer`, ', release date ', `tpk_release_dt`, ')'
      ))
      ELSE true
    END
)
SELECT
  `pk_customer`,
  `tpk_release_dt`,
  CAST(`trx_cnt_m` AS INT) AS `ctrx_trx_cnt_m`,
  `amt_trx_sum_m` AS `ctrx_amt_trx_sum_m`,
  CAST(`last_transaction_recall_sum_m` AS INT) AS `ctrx_last_transaction_recall_sum_m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio`,
  `trx_cnt_m_ravg_3m` AS `ctrx_trx_cnt_m_ravg_3m`,
  `trx_cnt_m_rstd_3m` AS `ctrx_trx_cnt_m_rstd_3m`,
  `trx_cnt_m_ravg_6m` AS `ctrx_trx_cnt_m_ravg_6m`,
  `trx_cnt_m_rstd_6m` AS `ctrx_trx_cnt_m_rstd_6m`,
  `amt_trx_sum_m_ravg_3m` AS `ctrx_amt_trx_sum_m_ravg_3m`,
  `amt_trx_sum_m_rstd_3m` AS `ctrx_amt_trx_sum_m_rstd_3m`,
  `amt_trx_sum_m_ravg_6m` AS `ctrx_amt_trx_sum_m_ravg_6m`,
  `amt_trx_sum_m_rstd_6m` AS `ctrx_amt_trx_sum_m_rstd_6m`,
  `last_transaction_recall_sum_m_ravg_3m` AS `ctrx_last_transaction_recall_sum_m_ravg_3m`,
  `last_transaction_recall_sum_m_rstd_3m` AS `ctrx_last_transaction_recall_sum_m_rstd_3m`,
  `last_transaction_recall_sum_m_ravg_6m` AS `ctrx_last_transaction_recall_sum_m_ravg_6m`,
  `last_transaction_recall_sum_m_rstd_6m` AS `ctrx_last_transaction_recall_sum_m_rstd_6m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_ravg_3m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_ravg_3m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_rstd_3m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_rstd_3m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_ravg_6m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_ravg_6m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_rstd_6m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_rstd_6m`,
  `ind_active` AS `ctrx_ind_active`,
  CAST(`active_months_6m` AS INT) AS `ctrx_active_months_6m`,
  CAST(`trx_cnt_m_lag_1m` AS INT) AS `ctrx_trx_cnt_m_lag_1m`,
  CAST(`trx_cnt_m_diff_1m` AS INT) AS `ctrx_trx_cnt_m_diff_1m`,
  `trx_cnt_m_roc_1m` AS `ctrx_trx_cnt_m_roc_1m`,
  CAST(`trx_cnt_m_lag_3m` AS INT) AS `ctrx_trx_cnt_m_lag_3m`,
  CAST(`trx_cnt_m_diff_3m` AS INT) AS `ctrx_trx_cnt_m_diff_3m`,
  `trx_cnt_m_roc_3m` AS `ctrx_trx_cnt_m_roc_3m`,
  CAST(`trx_cnt_m_lag_6m` AS INT) AS `ctrx_trx_cnt_m_lag_6m`,
  CAST(`trx_cnt_m_diff_6m` AS INT) AS `ctrx_trx_cnt_m_diff_6m`,
  `trx_cnt_m_roc_6m` AS `ctrx_trx_cnt_m_roc_6m`,
  `amt_trx_sum_m_lag_1m` AS `ctrx_amt_trx_sum_m_lag_1m`,
  `amt_trx_sum_m_diff_1m` AS `ctrx_amt_trx_sum_m_diff_1m`,
  `amt_trx_sum_m_roc_1m` AS `ctrx_amt_trx_sum_m_roc_1m`,
  `amt_trx_sum_m_lag_3m` AS `ctrx_amt_trx_sum_m_lag_3m`,
  `amt_trx_sum_m_diff_3m` AS `ctrx_amt_trx_sum_m_diff_3m`,
  `amt_trx_sum_m_roc_3m` AS `ctrx_amt_trx_sum_m_roc_3m`,
  `amt_trx_sum_m_lag_6m` AS `ctrx_amt_trx_sum_m_lag_6m`,
  `amt_trx_sum_m_diff_6m` AS `ctrx_amt_trx_sum_m_diff_6m`,
  `amt_trx_sum_m_roc_6m` AS `ctrx_amt_trx_sum_m_roc_6m`,
  CAST(`last_transaction_recall_sum_m_lag_1m` AS INT) AS `ctrx_last_transaction_recall_sum_m_lag_1m`,
  CAST(`last_transaction_recall_sum_m_diff_1m` AS INT) AS `ctrx_last_transaction_recall_sum_m_diff_1m`,
  `last_transaction_recall_sum_m_roc_1m` AS `ctrx_last_transaction_recall_sum_m_roc_1m`,
  CAST(`last_transaction_recall_sum_m_lag_3m` AS INT) AS `ctrx_last_transaction_recall_sum_m_lag_3m`,
  CAST(`last_transaction_recall_sum_m_diff_3m` AS INT) AS `ctrx_last_transaction_recall_sum_m_diff_3m`,
  `last_transaction_recall_sum_m_roc_3m` AS `ctrx_last_transaction_recall_sum_m_roc_3m`,
  CAST(`last_transaction_recall_sum_m_lag_6m` AS INT) AS `ctrx_last_transaction_recall_sum_m_lag_6m`,
  CAST(`last_transaction_recall_sum_m_diff_6m` AS INT) AS `ctrx_last_transaction_recall_sum_m_diff_6m`,
  `last_transaction_recall_sum_m_roc_6m` AS `ctrx_last_transaction_recall_sum_m_roc_6m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_1m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_lag_1m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_1m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_diff_1m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_roc_1m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_roc_1m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_3m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_lag_3m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_3m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_diff_3m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_roc_3m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_roc_3m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_lag_6m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_lag_6m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_diff_6m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_diff_6m`,
  `amt_trx_sum_m_to_trx_cnt_m_ratio_roc_6m` AS `ctrx_amt_trx_sum_m_to_trx_cnt_m_ratio_roc_6m`
FROM released
