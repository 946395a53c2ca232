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

SELECT count(`old`) AS c0 FROM `main`.`fs`.`fs_cus_small`
;
