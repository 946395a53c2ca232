SELECT approx_count_distinct(`pk_customer`, 0.04) AS d0,
  avg(CAST(`pk_customer` AS DOUBLE)) FILTER (WHERE CAST(`pk_customer` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS m0,
  stddev_samp(CAST(`pk_customer` AS DOUBLE)) FILTER (WHERE CAST(`pk_customer` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS s0,
  to_json(approx_percentile(CAST(`pk_customer` AS DOUBLE), array(0.05, 0.25, 0.5, 0.75, 0.95)) FILTER (WHERE CAST(`pk_customer` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D)) AS q0,
  approx_count_distinct(`share`, 0.04) AS d1,
  avg(CAST(`share` AS DOUBLE)) FILTER (WHERE CAST(`share` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS m1,
  stddev_samp(CAST(`share` AS DOUBLE)) FILTER (WHERE CAST(`share` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS s1,
  to_json(approx_percentile(CAST(`share` AS DOUBLE), array(0.05, 0.25, 0.5, 0.75, 0.95)) FILTER (WHERE CAST(`share` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D)) AS q1,
  approx_count_distinct(`price`, 0.04) AS d2,
  avg(CAST(`price` AS DOUBLE)) FILTER (WHERE CAST(`price` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS m2,
  stddev_samp(CAST(`price` AS DOUBLE)) FILTER (WHERE CAST(`price` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS s2,
  to_json(approx_percentile(CAST(`price` AS DOUBLE), array(0.05, 0.25, 0.5, 0.75, 0.95)) FILTER (WHERE CAST(`price` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D)) AS q2,
  approx_count_distinct(`flag`, 0.04) AS d3,
  avg(CAST(`flag` AS INT)) AS m3,
  approx_count_distinct(`city`, 0.04) AS d4,
  approx_count_distinct(`day`, 0.04) AS d5,
  to_json(approx_percentile(CAST(datediff(`day`, DATE '1970-01-01') AS DOUBLE), array(0.05, 0.25, 0.5, 0.75, 0.95)) FILTER (WHERE CAST(datediff(`day`, DATE '1970-01-01') AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D)) AS q5,
  approx_count_distinct(`at`, 0.04) AS d6,
  to_json(approx_percentile(CAST(unix_micros(`at`) AS DOUBLE), array(0.05, 0.25, 0.5, 0.75, 0.95)) FILTER (WHERE CAST(unix_micros(`at`) AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D)) AS q6,
  approx_count_distinct(`a``b`, 0.04) AS d8,
  avg(CAST(`a``b` AS DOUBLE)) FILTER (WHERE CAST(`a``b` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS m8,
  stddev_samp(CAST(`a``b` AS DOUBLE)) FILTER (WHERE CAST(`a``b` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D) AS s8,
  to_json(approx_percentile(CAST(`a``b` AS DOUBLE), array(0.05, 0.25, 0.5, 0.75, 0.95)) FILTER (WHERE CAST(`a``b` AS DOUBLE) BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D)) AS q8
FROM `main`.`fs`.`fs_wide` VERSION AS OF 7
;

SELECT `pk_customer`, `share`, `price`, `flag`, `city`, `day`, `at`, `a``b` FROM `main`.`fs`.`fs_wide` VERSION AS OF 7
;

SELECT * FROM `main`.`fs`.`fs_wide` VERSION AS OF 6 LIMIT 0
;

SELECT `pk_customer`, `share`, `price`, `flag`, `city`, `day`, `at`, `a``b` FROM `main`.`fs`.`fs_wide` VERSION AS OF 6
;
