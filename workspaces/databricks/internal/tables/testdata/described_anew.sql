DESCRIBE HISTORY `main`.`demo_db`.`movimientos` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`demo_db`.`movimientos` VERSION AS OF 0
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 2
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

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 2
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

MERGE WITH SCHEMA EVOLUTION INTO `main`.`fs`.`fs_cus_small` AS t
USING (
SELECT `pk_customer` AS `pk_customer`,
  `tpk_release_dt` AS `tpk_release_dt`,
  `sm_amt` AS `sm_amt`,
  `sm_cnt` AS `sm_cnt`
FROM (
-- the new data

)
) AS s
ON s.`pk_customer` = t.`pk_customer` AND s.`tpk_release_dt` = t.`tpk_release_dt`
WHEN MATCHED AND (false OR NOT (s.`sm_amt` <=> t.`sm_amt`) OR NOT (s.`sm_cnt` <=> t.`sm_cnt`)) THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 20
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small`
;

COMMENT ON TABLE `main`.`fs`.`fs_cus_small` IS 'Features for customer something else.'
;

ALTER TABLE `main`.`fs`.`fs_cus_small` ALTER COLUMN
  `sm_amt` COMMENT ''
;

ALTER TABLE `main`.`fs`.`fs_cus_small` SET TBLPROPERTIES ('featops.origin' = '{"fingerprint":"8a742b6a53e4884826d35b656256069721c27ff0837de56c71d4e86501054fb9","version":2,"start_date":"2019-01-01","end_date":"2026-01-01","frame":"rows","sources":{"demo_db.movimientos":{"table":"table-1","version":0}},"seen_rows":[10]}', 'featops.primary_keys' = 'pk_customer,tpk_release_dt', 'featops.sources' = 'demo_db.movimientos', 'featops.tags.based_on' = 'movimientos', 'featops.tags.database' = 'fs', 'featops.tags.table' = 'fs_cus_small', 'featops.timestamp_keys' = 'tpk_release_dt', 'featops.workspace' = 'medpag')
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 5
;
