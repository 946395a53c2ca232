DESCRIBE HISTORY `main`.`demo_db`.`movimientos` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`demo_db`.`movimientos` VERSION AS OF 0
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 3
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 20
;

SELECT max(CASE WHEN trim(`periodo`) RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN trim(`periodo`) END) AS month FROM `main`.`demo_db`.`movimientos` VERSION AS OF 0
;

-- the rows without a month

;

DESCRIBE QUERY
-- the new data

;

SELECT coalesce(sum(n), 0) AS all_rows,
  coalesce(sum(n) FILTER (WHERE `pk_customer` IS NULL OR `tpk_release_dt` IS NULL), 0) AS nulls,
  coalesce(sum(n - 1) FILTER (WHERE NOT (`pk_customer` IS NULL OR `tpk_release_dt` IS NULL)), 0) AS duplicates
FROM (
SELECT `pk_customer`, `tpk_release_dt`, count(*) AS n
FROM (
-- the new data

)
GROUP BY `pk_customer`, `tpk_release_dt`
)
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 3
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 20
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 3
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 20
;

SELECT
  count_if(t.`pk_customer` IS NULL) AS inserted,
  count_if(t.`pk_customer` IS NOT NULL AND (false OR NOT (s.`sm_amt` <=> t.`sm_amt`) OR NOT (s.`sm_cnt` <=> t.`sm_cnt`))) AS updated,
  count_if(t.`pk_customer` IS NOT NULL AND NOT (false OR NOT (s.`sm_amt` <=> t.`sm_amt`) OR NOT (s.`sm_cnt` <=> t.`sm_cnt`))) AS unchanged
FROM (
-- the new data

) AS s
LEFT JOIN `main`.`fs`.`fs_cus_small` AS t ON s.`pk_customer` = t.`pk_customer` AND s.`tpk_release_dt` = t.`tpk_release_dt`
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

CREATE OR REPLACE TABLE `main`.`fs`.`fs_cus_small`
USING DELTA
COMMENT 'Features for customer a few things.'
TBLPROPERTIES ('featops.primary_keys' = 'pk_customer,tpk_release_dt', 'featops.sources' = 'demo_db.movimientos', 'featops.tags.based_on' = 'movimientos', 'featops.tags.database' = 'fs', 'featops.tags.table' = 'fs_cus_small', 'featops.timestamp_keys' = 'tpk_release_dt', 'featops.workspace' = 'medpag')
AS SELECT CASE WHEN s.`pk_customer` IS NULL THEN CAST(t.`pk_customer` AS BIGINT) ELSE CAST(s.`pk_customer` AS BIGINT) END AS `pk_customer`,
  CASE WHEN s.`pk_customer` IS NULL THEN CAST(t.`tpk_release_dt` AS DATE) ELSE CAST(s.`tpk_release_dt` AS DATE) END AS `tpk_release_dt`,
  CASE WHEN s.`pk_customer` IS NULL THEN CAST(t.`sm_amt` AS DOUBLE) ELSE CAST(s.`sm_amt` AS DOUBLE) END AS `sm_amt`,
  CASE WHEN s.`pk_customer` IS NULL THEN CAST(t.`sm_cnt` AS INT) ELSE CAST(s.`sm_cnt` AS INT) END AS `sm_cnt`
FROM (
-- the new data

) AS s
FULL OUTER JOIN `main`.`fs`.`fs_cus_small` VERSION AS OF 3 AS t ON s.`pk_customer` = t.`pk_customer` AND s.`tpk_release_dt` = t.`tpk_release_dt`
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 20
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small`
;

ALTER TABLE `main`.`fs`.`fs_cus_small` ALTER COLUMN
  `pk_customer` COMMENT 'Customer.',
  `tpk_release_dt` COMMENT 'First day of the month in which the features are released.',
  `sm_amt` COMMENT 'Amount of the month.',
  `sm_cnt` COMMENT 'Rows of the month.'
;

ALTER TABLE `main`.`fs`.`fs_cus_small` ALTER COLUMN `pk_customer` SET NOT NULL
;

ALTER TABLE `main`.`fs`.`fs_cus_small` ALTER COLUMN `tpk_release_dt` SET NOT NULL
;

ALTER TABLE `main`.`fs`.`fs_cus_small` SET TBLPROPERTIES ('featops.origin' = '{"fingerprint":"4cae537e0f1a9a074f434c905952cc242a6c66238e0f117dc79a3d8d9c4cfcb4","version":4,"start_date":"2019-01-01","end_date":"2026-01-01","frame":"rows","sources":{"demo_db.movimientos":{"table":"table-1","version":0}},"seen_rows":[10]}', 'featops.primary_keys' = 'pk_customer,tpk_release_dt', 'featops.sources' = 'demo_db.movimientos', 'featops.tags.based_on' = 'movimientos', 'featops.tags.database' = 'fs', 'featops.tags.table' = 'fs_cus_small', 'featops.timestamp_keys' = 'tpk_release_dt', 'featops.workspace' = 'medpag')
;
