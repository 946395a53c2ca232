DESCRIBE HISTORY `main`.`demo_db`.`movimientos` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`demo_db`.`movimientos` VERSION AS OF 0
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 2
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 20
;

SELECT max(CASE WHEN trim(`periodo`) RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN trim(`periodo`) END) AS month FROM `main`.`demo_db`.`movimientos` VERSION AS OF 0
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;

SELECT count(*) AS n FROM `main`.`fs`.`fs_cus_small` VERSION AS OF 2
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 20
;
