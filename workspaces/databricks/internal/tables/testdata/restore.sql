RESTORE TABLE `main`.`fs`.`fs_cus_small` TO VERSION AS OF 2
;

DESCRIBE HISTORY `main`.`fs`.`fs_cus_small` LIMIT 1
;
