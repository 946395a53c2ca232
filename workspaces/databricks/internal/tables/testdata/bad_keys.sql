DESCRIBE HISTORY `main`.`demo_db`.`movimientos` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`demo_db`.`movimientos` VERSION AS OF 0
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

SELECT `pk_customer`, `tpk_release_dt`
FROM (
SELECT `pk_customer`, `tpk_release_dt`, count(*) AS n
FROM (
-- the new data

)
GROUP BY `pk_customer`, `tpk_release_dt`
)
WHERE n > 1 OR `pk_customer` IS NULL OR `tpk_release_dt` IS NULL
ORDER BY 1, 2
LIMIT 5
;
