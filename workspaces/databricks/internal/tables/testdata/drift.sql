SELECT `pk_customer`, `tpk_release_dt`, `amount`, `city` FROM `main`.`fs`.`fs_visits` VERSION AS OF 3 WHERE pmod(xxhash64(`pk_customer`, `tpk_release_dt`), 4) = 0
;

SELECT * FROM `main`.`fs`.`fs_visits` VERSION AS OF 2 LIMIT 0
;

SELECT `pk_customer`, `tpk_release_dt`, `amount`, `city` FROM `main`.`fs`.`fs_visits` VERSION AS OF 2 WHERE pmod(xxhash64(`pk_customer`, `tpk_release_dt`), 4) = 0
;
