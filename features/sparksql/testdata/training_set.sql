-- The labels of main.ml.churn with the newest features of their customers that had been released by their days, at most 90 days older than the label.
-- fs_cus_credit_risk has the attributes of today on every past month: labels see what was not known at their time.
WITH
-- The labels, with the customer as the tables have it, and the day in UTC; null where there is none.
every_label AS (
  SELECT
    struct(*) AS `label`,
    CASE
      WHEN typeof(`id`) = 'double'
      THEN CASE
        WHEN try_cast(`id` AS BIGINT) = try_cast(`id` AS DOUBLE)
        AND abs(try_cast(`id` AS DOUBLE)) <= 9007199254740992D
        THEN try_cast(`id` AS BIGINT)
        ELSE NULL
      END
      ELSE CASE
        WHEN CAST(`id` AS STRING) RLIKE '^\\s*(0|-?[1-9][0-9]*)\\s*$' THEN try_cast(`id` AS BIGINT)
        ELSE NULL
      END
    END AS `customer`,
    CASE
      WHEN typeof(`at``day`) IN ('date', 'timestamp', 'timestamp_ntz')
      OR CAST(`at``day` AS STRING) RLIKE '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?$'
      THEN CAST(try_cast(`at``day` AS TIMESTAMP) AS DATE)
      ELSE NULL
    END AS `day_2`
  FROM `main`.`ml`.`churn`
),
-- One that cannot be joined ends the statement.
labelled AS (
  SELECT
    *
  FROM every_label
  WHERE CASE
      WHEN `customer` IS NOT NULL AND `day_2` IS NOT NULL THEN true
      ELSE raise_error(concat(
        'labels main.ml.churn: a label cannot be joined: column id is ',
        coalesce(CAST(`label`.`id` AS STRING), 'null'), ', column at`day is ',
        coalesce(CAST(`label`.`at``day` AS STRING), 'null'),
        '; repair it, or write the statement with --keep-bad-labels'
      ))
    END
),
-- What is looked for: customers and days, each once.
wanted AS (
  SELECT DISTINCT
    `customer`,
    `day_2`
  FROM labelled
),
-- fs_cus_transactions: when the newest row was released that each of them sees. Only keys are read.
newest_1 AS (
  SELECT
    wanted.`customer`,
    wanted.`day_2`,
    max(f.`tpk_release_dt`) AS `release`
  FROM wanted
  JOIN `main`.`fs`.`fs_cus_transactions` VERSION AS OF 3 AS f ON f.`pk_customer` = wanted.`customer`
    AND f.`tpk_release_dt` <= wanted.`day_2`
    AND f.`tpk_release_dt` >= date_sub(wanted.`day_2`, 90)
  GROUP BY wanted.`customer`, wanted.`day_2`
),
-- These rows, and how many have the same keys.
rows_1 AS (
  SELECT
    newest_1.`customer`,
    newest_1.`day_2`,
    newest_1.`release`,
    f.`ctrx_trx_cnt_m`,
    f.`ctrx_ind_active`,
    count(*) OVER (PARTITION BY newest_1.`customer`, newest_1.`day_2`) AS `same_keys`
  FROM newest_1
  JOIN `main`.`fs`.`fs_cus_transactions` VERSION AS OF 3 AS f ON f.`pk_customer` = newest_1.`customer`
    AND f.`tpk_release_dt` = newest_1.`release`
),
-- Two rows with the same keys end the statement: no rule chooses between them.
found_1 AS (
  SELECT
    *
  FROM rows_1
  WHERE CASE
      WHEN `same_keys` = 1 THEN true
      ELSE raise_error(concat(
        'fs_cus_transactions: more than one row has the customer ', CAST(`customer` AS STRING),
        ' and the release day ', CAST(`release` AS STRING)
      ))
    END
),
-- fs_cus_credit_risk: when the newest row was released that each of them sees. Only keys are read.
newest_2 AS (
  SELECT
    wanted.`customer`,
    wanted.`day_2`,
    max(f.`tpk_release_dt`) AS `release`
  FROM wanted
  JOIN `main`.`fs`.`fs_cus_credit_risk` AS f ON f.`pk_customer` = wanted.`customer`
    AND f.`tpk_release_dt` <= wanted.`day_2`
    AND f.`tpk_release_dt` >= date_sub(wanted.`day_2`, 90)
  GROUP BY wanted.`customer`, wanted.`day_2`
),
-- These rows, and how many have the same keys.
rows_2 AS (
  SELECT
    newest_2.`customer`,
    newest_2.`day_2`,
    newest_2.`release`,
    f.`day`,
    count(*) OVER (PARTITION BY newest_2.`customer`, newest_2.`day_2`) AS `same_keys`
  FROM newest_2
  JOIN `main`.`fs`.`fs_cus_credit_risk` AS f ON f.`pk_customer` = newest_2.`customer`
    AND f.`tpk_release_dt` = newest_2.`release`
),
-- Two rows with the same keys end the statement: no rule chooses between them.
found_2 AS (
  SELECT
    *
  FROM rows_2
  WHERE CASE
      WHEN `same_keys` = 1 THEN true
      ELSE raise_error(concat(
        'fs_cus_credit_risk: more than one row has the customer ', CAST(`customer` AS STRING),
        ' and the release day ', CAST(`release` AS STRING)
      ))
    END
)
SELECT
  labelled.`label`.*,
  found_1.`ctrx_trx_cnt_m`,
  found_1.`ctrx_ind_active`,
  found_2.`day`
FROM labelled
LEFT JOIN found_1 ON found_1.`customer` = labelled.`customer` AND found_1.`day_2` = labelled.`day_2`
LEFT JOIN found_2 ON found_2.`customer` = labelled.`customer` AND found_2.`day_2` = labelled.`day_2`
