-- fs_cus_payment_behavior: Features for customer payment behaviour.
-- A row per customer and release month, 2019-01-01 to 2026-05-01; windows over rows.
WITH
-- Letters with accents and diaereses, and the plain letters that they become.
letters AS (
  SELECT
    concat(
      'àáâãäåçèéêëìíîïðñòóôõöøùúûüýÿāăąćĉċčďđēĕėęěĝğġģĥĩīĭįĵķĺļľłńņňōŏőŕŗřśŝşšţťũūŭůűųŵ',
      'ŷźżžơưǎǐǒǔǖǘǚǜǟǡǣǧǩǫǭǯǰǵǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȟȧȩȫȭȯȱȳʹ;΅·ΐάέήίΰςϊϋόύώϓϔйѐёѓїќѝўѷӂӑӓ',
      'ӗӛӝӟӣӥӧӫӭӯӱӳӵӹḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃ',
      'ẅẇẉẋẍẏẑẓẕẖẗẘẙẛạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹἀἁἂἃἄἅἆἇἐἑἒἓἔἕἠἡἢἣἤἥἦ',
      'ἧἰἱἲἳἴἵἶἷὀὁὂὃὄὅὐὑὒὓὔὕὖὗὠὡὢὣὤὥὦὧὰάὲέὴήὶίὸόὺύὼώᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾰᾱᾲᾳᾴᾶᾷι῁ῂῃ',
      'ῄῆῇ῍῎῏ῐῑῒΐῖῗ῝῞῟ῠῡῢΰῤῥῦῧ῭΅`ῲῳῴῶῷ´\u2000\u2001↚↛↮⇍⇎⇏∄∉∌∤∦≁≄≇≉≠≢≭≮≯≰≱≴≵≸≹⊀⊁⊄⊅⊈⊉⊬⊭⊮⊯⋠⋡⋢⋣⋪⋫⋬⋭〈〉',
      '⫝̸'
    ) AS `accented`,
    concat(
      'aaaaaaceeeeiiiidnoooooouuuuyyaaaccccddeeeeegggghiiiijkllllnnnooorrrssssttuuuuuuw',
      'yzzzouaiouuuuuaaægkooʒjgnaæoaaeeiioorruusthaeooooyʹ;¨·ιαεηιυσιυουωϒϒиеегікиуѵжаа',
      'еәжзииоөэууучыabbbcdddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuuuuuvvww',
      'wwwxxyzzzhtwyſaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyyααααααααεεεεεεηηηηηηη',
      'ηιιιιιιιιοοοοοουυυυυυυυωωωωωωωωααεεηηιιοουυωωααααααααηηηηηηηηωωωωωωωωαααααααι¨ηη',
      'ηηη᾿᾿᾿ιιιιιι῾῾῾υυυυρρυυ¨¨`ωωωωω´\u2002\u2003←→↔⇐⇔⇒∃∈∋∣∥∼≃≅≈=≡≍<>≤≥≲≳≶≷≺≻⊂⊃⊆⊇⊢⊨⊩⊫≼≽⊑⊒⊲⊳⊴⊵〈〉',
      '⫝'
    ) AS `plain`
),
-- The rows of customers, in the types that features read, with the first day of the event month: null where it is none. Texts are cleaned.
source_rows AS (
  SELECT
    `id_cliente` AS `pk_customer`,
    CASE
      WHEN length(`periodo`) = 7 AND `periodo` RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])$' AND `periodo` >= '0001'
      THEN try_cast(concat(`periodo`, '-01') AS DATE)
    END AS `event_month`,
    CAST(`saldo_total_credito` AS DOUBLE) AS `saldo_total_credito`,
    `cuota_pagada` AS `cuota_pagada`,
    CAST(`monto_pagado` AS DOUBLE) AS `monto_pagado`,
    CAST(`dias_mora` AS BIGINT) AS `dias_mora`,
    `pago_minimo` AS `pago_minimo`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `calificacion_sistema`)),
          (SELECT `accented` FROM letters), (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `calificacion_sistema`,
    CAST(`fecha_apertura` AS DATE) AS `fecha_apertura`,
    CAST(`fecha_cierre` AS DATE) AS `fecha_cierre`,
    CAST(`valor_total_credito` AS DOUBLE) AS `valor_total_credito`,
    CAST(`cuota_mensual` AS DOUBLE) AS `cuota_mensual`
  FROM `demo_db`.`pagos`
  WHERE `id_cliente` IS NOT NULL AND `id_cliente` <> 999999999
),
-- The rows that count, with their release date: what happened in a month is released on the first day of the next one.
kept_rows AS (
  SELECT
    *,
    add_months(`event_month`, 1) AS `tpk_release_dt`
  FROM source_rows
  WHERE `event_month` IS NOT NULL AND `calificacion_sistema` IS NOT NULL
),
-- A row per customer and release month.
monthly AS (
  SELECT
    `pk_customer`,
    `tpk_release_dt`,
    count(*) AS `credits_cnt`,
    sum(`saldo_total_credito`) AS `amt_total_balance_sum`,
    sum(`monto_pagado`) AS `amt_paid_sum`,
    sum(`valor_total_credito`) AS `amt_total_credit_sum`,
    sum(`cuota_mensual`) AS `amt_installment_sum`,
    sum(CAST(months_between(`fecha_cierre`, `fecha_apertura`) AS BIGINT)) AS `credit_duration_in_months`,
    sum(CAST(months_between(`fecha_cierre`, `event_month`) AS BIGINT)) AS `time_to_close_in_months`,
    max(`cuota_pagada`) AS `ind_installment_paid`,
    max(`pago_minimo`) AS `ind_did_min_payment`,
    max(CASE
      WHEN `calificacion_sistema` IS NULL THEN CAST(NULL AS BIGINT)
      ELSE CASE `calificacion_sistema`
        WHEN 'a' THEN 1L
        WHEN 'b' THEN 2L
        WHEN 'c' THEN 3L
        WHEN 'd' THEN 4L
        WHEN 'e' THEN 5L
        ELSE 0L
      END
    END) AS `rating_num`,
    max(`dias_mora`) AS `days_past_due_max`,
    max(NOT `cuota_pagada`) AS `ind_missed_installment_3m_input`
  FROM kept_rows
  GROUP BY `pk_customer`, `tpk_release_dt`
),
-- Columns made of those before, over windows of the customer's rows and row by row.
windowed AS (
  SELECT
    *,
    round(avg(`amt_total_balance_sum`) OVER last_3_rows, 4) AS `amt_total_balance_sum_ravg_3m`,
    round(stddev_samp(`amt_total_balance_sum`) OVER last_3_rows, 4) AS `amt_total_balance_sum_rstd_3m`,
    round(avg(`amt_total_balance_sum`) OVER last_6_rows, 4) AS `amt_total_balance_sum_ravg_6m`,
    round(stddev_samp(`amt_total_balance_sum`) OVER last_6_rows, 4) AS `amt_total_balance_sum_rstd_6m`,
    round(avg(`amt_paid_sum`) OVER last_3_rows, 4) AS `amt_paid_sum_ravg_3m`,
    round(stddev_samp(`amt_paid_sum`) OVER last_3_rows, 4) AS `amt_paid_sum_rstd_3m`,
    round(avg(`amt_paid_sum`) OVER last_6_rows, 4) AS `amt_paid_sum_ravg_6m`,
    round(stddev_samp(`amt_paid_sum`) OVER last_6_rows, 4) AS `amt_paid_sum_rstd_6m`,
    round(avg(`amt_installment_sum`) OVER last_3_rows, 4) AS `amt_installment_sum_ravg_3m`,
    round(stddev_samp(`amt_installment_sum`) OVER last_3_rows, 4) AS `amt_installment_sum_rstd_3m`,
    round(avg(`amt_installment_sum`) OVER last_6_rows, 4) AS `amt_installment_sum_ravg_6m`,
    round(stddev_samp(`amt_installment_sum`) OVER last_6_rows, 4) AS `amt_installment_sum_rstd_6m`,
    min(`ind_installment_paid`) OVER last_3_rows AS `ind_installment_paid_rmin_3m`,
    max(`ind_installment_paid`) OVER last_3_rows AS `ind_installment_paid_rmax_3m`,
    min(`ind_installment_paid`) OVER last_6_rows AS `ind_installment_paid_rmin_6m`,
    max(`ind_installment_paid`) OVER last_6_rows AS `ind_installment_paid_rmax_6m`,
    min(`ind_did_min_payment`) OVER last_3_rows AS `ind_did_min_payment_rmin_3m`,
    max(`ind_did_min_payment`) OVER last_3_rows AS `ind_did_min_payment_rmax_3m`,
    min(`ind_did_min_payment`) OVER last_6_rows AS `ind_did_min_payment_rmin_6m`,
    max(`ind_did_min_payment`) OVER last_6_rows AS `ind_did_min_payment_rmax_6m`,
    min(`rating_num`) OVER last_3_rows AS `rating_num_rmin_3m`,
    max(`rating_num`) OVER last_3_rows AS `rating_num_rmax_3m`,
    min(`rating_num`) OVER last_6_rows AS `rating_num_rmin_6m`,
    max(`rating_num`) OVER last_6_rows AS `rating_num_rmax_6m`,
    round((100.0D * `amt_paid_sum`) / nullif(`amt_total_credit_sum`, 0), 4) AS `amt_paid_sum_pct`,
    round(
      (100.0D * `amt_total_balance_sum`) / nullif(`amt_total_credit_sum`, 0), 4
    ) AS `amt_total_balance_sum_pct`,
    round(
      (100.0D * `time_to_close_in_months`) / nullif(`credit_duration_in_months`, 0), 4
    ) AS `time_to_close_in_months_pct`,
    max(`days_past_due_max`) OVER last_3_rows AS `days_past_due_max_rmax_3m`,
    max(`days_past_due_max`) OVER last_6_rows AS `days_past_due_max_rmax_6m`,
    max(`ind_missed_installment_3m_input`) OVER last_3_rows AS `ind_missed_installment_3m`,
    lag(`amt_total_balance_sum`, 1) OVER in_order AS `amt_total_balance_sum_lag_1m`,
    lag(`amt_total_balance_sum`, 3) OVER in_order AS `amt_total_balance_sum_lag_3m`,
    lag(`amt_total_balance_sum`, 6) OVER in_order AS `amt_total_balance_sum_lag_6m`,
    lag(`amt_paid_sum`, 1) OVER in_order AS `amt_paid_sum_lag_1m`,
    lag(`amt_paid_sum`, 3) OVER in_order AS `amt_paid_sum_lag_3m`,
    lag(`amt_paid_sum`, 6) OVER in_order AS `amt_paid_sum_lag_6m`,
    lag(`amt_total_credit_sum`, 1) OVER in_order AS `amt_total_credit_sum_lag_1m`,
    lag(`amt_total_credit_sum`, 3) OVER in_order AS `amt_total_credit_sum_lag_3m`,
    lag(`amt_total_credit_sum`, 6) OVER in_order AS `amt_total_credit_sum_lag_6m`,
    lag(`amt_installment_sum`, 1) OVER in_order AS `amt_installment_sum_lag_1m`,
    lag(`amt_installment_sum`, 3) OVER in_order AS `amt_installment_sum_lag_3m`,
    lag(`amt_installment_sum`, 6) OVER in_order AS `amt_installment_sum_lag_6m`
  FROM monthly
  WINDOW
    last_3_rows AS (PARTITION BY `pk_customer` ORDER BY `tpk_release_dt` ROWS BETWEEN 2 PRECEDING AND CURRENT ROW),
    last_6_rows AS (PARTITION BY `pk_customer` ORDER BY `tpk_release_dt` ROWS BETWEEN 5 PRECEDING AND CURRENT ROW),
    in_order AS (PARTITION BY `pk_customer` ORDER BY `tpk_release_dt`)
),
-- Columns made of those before, row by row.
derived AS (
  SELECT
    *,
    `amt_total_balance_sum` - `amt_total_balance_sum_lag_1m` AS `amt_total_balance_sum_diff_1m`,
    `amt_total_balance_sum` - `amt_total_balance_sum_lag_3m` AS `amt_total_balance_sum_diff_3m`,
    `amt_total_balance_sum` - `amt_total_balance_sum_lag_6m` AS `amt_total_balance_sum_diff_6m`,
    `amt_paid_sum` - `amt_paid_sum_lag_1m` AS `amt_paid_sum_diff_1m`,
    `amt_paid_sum` - `amt_paid_sum_lag_3m` AS `amt_paid_sum_diff_3m`,
    `amt_paid_sum` - `amt_paid_sum_lag_6m` AS `amt_paid_sum_diff_6m`,
    `amt_total_credit_sum` - `amt_total_credit_sum_lag_1m` AS `amt_total_credit_sum_diff_1m`,
    `amt_total_credit_sum` - `amt_total_credit_sum_lag_3m` AS `amt_total_credit_sum_diff_3m`,
    `amt_total_credit_sum` - `amt_total_credit_sum_lag_6m` AS `amt_total_credit_sum_diff_6m`,
    `amt_installment_sum` - `amt_installment_sum_lag_1m` AS `amt_installment_sum_diff_1m`,
    `amt_installment_sum` - `amt_installment_sum_lag_3m` AS `amt_installment_sum_diff_3m`,
    `amt_installment_sum` - `amt_installment_sum_lag_6m` AS `amt_installment_sum_diff_6m`
  FROM windowed
),
-- Columns made of those before, row by row.
derived_2 AS (
  SELECT
    *,
    round(
      `amt_total_balance_sum_diff_1m` / nullif(`amt_total_balance_sum_lag_1m`, 0), 4
    ) AS `amt_total_balance_sum_roc_1m`,
    round(
      `amt_total_balance_sum_diff_3m` / nullif(`amt_total_balance_sum_lag_3m`, 0), 4
    ) AS `amt_total_balance_sum_roc_3m`,
    round(
      `amt_total_balance_sum_diff_6m` / nullif(`amt_total_balance_sum_lag_6m`, 0), 4
    ) AS `amt_total_balance_sum_roc_6m`,
    round(`amt_paid_sum_diff_1m` / nullif(`amt_paid_sum_lag_1m`, 0), 4) AS `amt_paid_sum_roc_1m`,
    round(`amt_paid_sum_diff_3m` / nullif(`amt_paid_sum_lag_3m`, 0), 4) AS `amt_paid_sum_roc_3m`,
    round(`amt_paid_sum_diff_6m` / nullif(`amt_paid_sum_lag_6m`, 0), 4) AS `amt_paid_sum_roc_6m`,
    round(
      `amt_total_credit_sum_diff_1m` / nullif(`amt_total_credit_sum_lag_1m`, 0), 4
    ) AS `amt_total_credit_sum_roc_1m`,
    round(
      `amt_total_credit_sum_diff_3m` / nullif(`amt_total_credit_sum_lag_3m`, 0), 4
    ) AS `amt_total_credit_sum_roc_3m`,
    round(
      `amt_total_credit_sum_diff_6m` / nullif(`amt_total_credit_sum_lag_6m`, 0), 4
    ) AS `amt_total_credit_sum_roc_6m`,
    round(
      `amt_installment_sum_diff_1m` / nullif(`amt_installment_sum_lag_1m`, 0), 4
    ) AS `amt_installment_sum_roc_1m`,
    round(
      `amt_installment_sum_diff_3m` / nullif(`amt_installment_sum_lag_3m`, 0), 4
    ) AS `amt_installment_sum_roc_3m`,
    round(
      `amt_installment_sum_diff_6m` / nullif(`amt_installment_sum_lag_6m`, 0), 4
    ) AS `amt_installment_sum_roc_6m`
  FROM derived
),
-- The first whole number of the row that INT cannot hold.
checked AS (
  SELECT
    *,
    CASE
      WHEN `credits_cnt` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_credits_cnt: ', `credits_cnt`)
      WHEN `credit_duration_in_months` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_credit_duration_in_months: ', `credit_duration_in_months`)
      WHEN `time_to_close_in_months` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_time_to_close_in_months: ', `time_to_close_in_months`)
      WHEN `rating_num` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_rating_num: ', `rating_num`)
      WHEN `rating_num_rmin_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_rating_num_rmin_3m: ', `rating_num_rmin_3m`)
      WHEN `rating_num_rmax_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_rating_num_rmax_3m: ', `rating_num_rmax_3m`)
      WHEN `rating_num_rmin_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_rating_num_rmin_6m: ', `rating_num_rmin_6m`)
      WHEN `rating_num_rmax_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_rating_num_rmax_6m: ', `rating_num_rmax_6m`)
      WHEN `days_past_due_max` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_days_past_due_max: ', `days_past_due_max`)
      WHEN `days_past_due_max_rmax_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_days_past_due_max_rmax_3m: ', `days_past_due_max_rmax_3m`)
      WHEN `days_past_due_max_rmax_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column cpym_days_past_due_max_rmax_6m: ', `days_past_due_max_rmax_6m`)
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
  CAST(`credits_cnt` AS INT) AS `cpym_credits_cnt`,
  `amt_total_balance_sum` AS `cpym_amt_total_balance_sum`,
  `amt_paid_sum` AS `cpym_amt_paid_sum`,
  `amt_total_credit_sum` AS `cpym_amt_total_credit_sum`,
  `amt_installment_sum` AS `cpym_amt_installment_sum`,
  CAST(`credit_duration_in_months` AS INT) AS `cpym_credit_duration_in_months`,
  CAST(`time_to_close_in_months` AS INT) AS `cpym_time_to_close_in_months`,
  `ind_installment_paid` AS `cpym_ind_installment_paid`,
  `ind_did_min_payment` AS `cpym_ind_did_min_payment`,
  CAST(`rating_num` AS INT) AS `cpym_rating_num`,
  `amt_total_balance_sum_ravg_3m` AS `cpym_amt_total_balance_sum_ravg_3m`,
  `amt_total_balance_sum_rstd_3m` AS `cpym_amt_total_balance_sum_rstd_3m`,
  `amt_total_balance_sum_ravg_6m` AS `cpym_amt_total_balance_sum_ravg_6m`,
  `amt_total_balance_sum_rstd_6m` AS `cpym_amt_total_balance_sum_rstd_6m`,
  `amt_paid_sum_ravg_3m` AS `cpym_amt_paid_sum_ravg_3m`,
  `amt_paid_sum_rstd_3m` AS `cpym_amt_paid_sum_rstd_3m`,
  `amt_paid_sum_ravg_6m` AS `cpym_amt_paid_sum_ravg_6m`,
  `amt_paid_sum_rstd_6m` AS `cpym_amt_paid_sum_rstd_6m`,
  `amt_installment_sum_ravg_3m` AS `cpym_amt_installment_sum_ravg_3m`,
  `amt_installment_sum_rstd_3m` AS `cpym_amt_installment_sum_rstd_3m`,
  `amt_installment_sum_ravg_6m` AS `cpym_amt_installment_sum_ravg_6m`,
  `amt_installment_sum_rstd_6m` AS `cpym_amt_installment_sum_rstd_6m`,
  `ind_installment_paid_rmin_3m` AS `cpym_ind_installment_paid_rmin_3m`,
  `ind_installment_paid_rmax_3m` AS `cpym_ind_installment_paid_rmax_3m`,
  `ind_installment_paid_rmin_6m` AS `cpym_ind_installment_paid_rmin_6m`,
  `ind_installment_paid_rmax_6m` AS `cpym_ind_installment_paid_rmax_6m`,
  `ind_did_min_payment_rmin_3m` AS `cpym_ind_did_min_payment_rmin_3m`,
  `ind_did_min_payment_rmax_3m` AS `cpym_ind_did_min_payment_rmax_3m`,
  `ind_did_min_payment_rmin_6m` AS `cpym_ind_did_min_payment_rmin_6m`,
  `ind_did_min_payment_rmax_6m` AS `cpym_ind_did_min_payment_rmax_6m`,
  CAST(`rating_num_rmin_3m` AS INT) AS `cpym_rating_num_rmin_3m`,
  CAST(`rating_num_rmax_3m` AS INT) AS `cpym_rating_num_rmax_3m`,
  CAST(`rating_num_rmin_6m` AS INT) AS `cpym_rating_num_rmin_6m`,
  CAST(`rating_num_rmax_6m` AS INT) AS `cpym_rating_num_rmax_6m`,
  `amt_paid_sum_pct` AS `cpym_amt_paid_sum_pct`,
  `amt_total_balance_sum_pct` AS `cpym_amt_total_balance_sum_pct`,
  `time_to_close_in_months_pct` AS `cpym_time_to_close_in_months_pct`,
  CAST(`days_past_due_max` AS INT) AS `cpym_days_past_due_max`,
  CAST(`days_past_due_max_rmax_3m` AS INT) AS `cpym_days_past_due_max_rmax_3m`,
  CAST(`days_past_due_max_rmax_6m` AS INT) AS `cpym_days_past_due_max_rmax_6m`,
  `ind_missed_installment_3m` AS `cpym_ind_missed_installment_3m`,
  `amt_total_balance_sum_lag_1m` AS `cpym_amt_total_balance_sum_lag_1m`,
  `amt_total_balance_sum_diff_1m` AS `cpym_amt_total_balance_sum_diff_1m`,
  `amt_total_balance_sum_roc_1m` AS `cpym_amt_total_balance_sum_roc_1m`,
  `amt_total_balance_sum_lag_3m` AS `cpym_amt_total_balance_sum_lag_3m`,
  `amt_total_balance_sum_diff_3m` AS `cpym_amt_total_balance_sum_diff_3m`,
  `amt_total_balance_sum_roc_3m` AS `cpym_amt_total_balance_sum_roc_3m`,
  `amt_total_balance_sum_lag_6m` AS `cpym_amt_total_balance_sum_lag_6m`,
  `amt_total_balance_sum_diff_6m` AS `cpym_amt_total_balance_sum_diff_6m`,
  `amt_total_balance_sum_roc_6m` AS `cpym_amt_total_balance_sum_roc_6m`,
  `amt_paid_sum_lag_1m` AS `cpym_amt_paid_sum_lag_1m`,
  `amt_paid_sum_diff_1m` AS `cpym_amt_paid_sum_diff_1m`,
  `amt_paid_sum_roc_1m` AS `cpym_amt_paid_sum_roc_1m`,
  `amt_paid_sum_lag_3m` AS `cpym_amt_paid_sum_lag_3m`,
  `amt_paid_sum_diff_3m` AS `cpym_amt_paid_sum_diff_3m`,
  `amt_paid_sum_roc_3m` AS `cpym_amt_paid_sum_roc_3m`,
  `amt_paid_sum_lag_6m` AS `cpym_amt_paid_sum_lag_6m`,
  `amt_paid_sum_diff_6m` AS `cpym_amt_paid_sum_diff_6m`,
  `amt_paid_sum_roc_6m` AS `cpym_amt_paid_sum_roc_6m`,
  `amt_total_credit_sum_lag_1m` AS `cpym_amt_total_credit_sum_lag_1m`,
  `amt_total_credit_sum_diff_1m` AS `cpym_amt_total_credit_sum_diff_1m`,
  `amt_total_credit_sum_roc_1m` AS `cpym_amt_total_credit_sum_roc_1m`,
  `amt_total_credit_sum_lag_3m` AS `cpym_amt_total_credit_sum_lag_3m`,
  `amt_total_credit_sum_diff_3m` AS `cpym_amt_total_credit_sum_diff_3m`,
  `amt_total_credit_sum_roc_3m` AS `cpym_amt_total_credit_sum_roc_3m`,
  `amt_total_credit_sum_lag_6m` AS `cpym_amt_total_credit_sum_lag_6m`,
  `amt_total_credit_sum_diff_6m` AS `cpym_amt_total_credit_sum_diff_6m`,
  `amt_total_credit_sum_roc_6m` AS `cpym_amt_total_credit_sum_roc_6m`,
  `amt_installment_sum_lag_1m` AS `cpym_amt_installment_sum_lag_1m`,
  `amt_installment_sum_diff_1m` AS `cpym_amt_installment_sum_diff_1m`,
  `amt_installment_sum_roc_1m` AS `cpym_amt_installment_sum_roc_1m`,
  `amt_installment_sum_lag_3m` AS `cpym_amt_installment_sum_lag_3m`,
  `amt_installment_sum_diff_3m` AS `cpym_amt_installment_sum_diff_3m`,
  `amt_installment_sum_roc_3m` AS `cpym_amt_installment_sum_roc_3m`,
  `amt_installment_sum_lag_6m` AS `cpym_amt_installment_sum_lag_6m`,
  `amt_installment_sum_diff_6m` AS `cpym_amt_installment_sum_diff_6m`,
  `amt_installment_sum_roc_6m` AS `cpym_amt_installment_sum_roc_6m`
FROM released
