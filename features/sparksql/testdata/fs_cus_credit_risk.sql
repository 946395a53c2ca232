-- fs_cus_credit_risk: Features for customer credit risk, as the credit bureau sees it.
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
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `calificacion_sistema`)),
          (SELECT `accented` FROM letters), (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `calificacion_sistema`,
    CAST(`buro_score` AS BIGINT) AS `buro_score`,
    CAST(`consultas_buro_12m` AS BIGINT) AS `consultas_buro_12m`,
    CAST(`deuda_total_bancos` AS DOUBLE) AS `deuda_total_bancos`
  FROM `demo_db`.`buro_credito`
  WHERE `id_cliente` IS NOT NULL AND `id_cliente` <> 999999999
),
-- The rows that count, with their release date: what happened in a month is released on the first day of the next one.
kept_rows AS (
  SELECT
    *,
    add_months(`event_month`, 1) AS `tpk_release_dt`
  FROM source_rows
  WHERE `event_month` IS NOT NULL AND `buro_score` IS NOT NULL AND `calificacion_sistema` IS NOT NULL
),
-- A row per customer and release month.
monthly AS (
  SELECT
    `pk_customer`,
    `tpk_release_dt`,
    count(*) AS `credits_cnt`,
    sum(`buro_score`) AS `bureau_score_sum`,
    sum(`deuda_total_bancos`) AS `total_banking_debt_sum`,
    sum(`consultas_buro_12m`) AS `bureau_inquiries_12m_sum`,
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
    END) AS `rating_num`
  FROM kept_rows
  GROUP BY `pk_customer`, `tpk_release_dt`
),
-- Columns made of those before, over windows of the customer's rows and row by row.
windowed AS (
  SELECT
    *,
    round(avg(`bureau_score_sum`) OVER last_3_rows, 4) AS `bureau_score_sum_ravg_3m`,
    round(stddev_samp(`bureau_score_sum`) OVER last_3_rows, 4) AS `bureau_score_sum_rstd_3m`,
    round(avg(`bureau_score_sum`) OVER last_6_rows, 4) AS `bureau_score_sum_ravg_6m`,
    round(stddev_samp(`bureau_score_sum`) OVER last_6_rows, 4) AS `bureau_score_sum_rstd_6m`,
    round(avg(`total_banking_debt_sum`) OVER last_3_rows, 4) AS `total_banking_debt_sum_ravg_3m`,
    round(stddev_samp(`total_banking_debt_sum`) OVER last_3_rows, 4) AS `total_banking_debt_sum_rstd_3m`,
    round(avg(`total_banking_debt_sum`) OVER last_6_rows, 4) AS `total_banking_debt_sum_ravg_6m`,
    round(stddev_samp(`total_banking_debt_sum`) OVER last_6_rows, 4) AS `total_banking_debt_sum_rstd_6m`,
    round(avg(`bureau_inquiries_12m_sum`) OVER last_3_rows, 4) AS `bureau_inquiries_12m_sum_ravg_3m`,
    round(stddev_samp(`bureau_inquiries_12m_sum`) OVER last_3_rows, 4) AS `bureau_inquiries_12m_sum_rstd_3m`,
    round(avg(`bureau_inquiries_12m_sum`) OVER last_6_rows, 4) AS `bureau_inquiries_12m_sum_ravg_6m`,
    round(stddev_samp(`bureau_inquiries_12m_sum`) OVER last_6_rows, 4) AS `bureau_inquiries_12m_sum_rstd_6m`,
    min(`rating_num`) OVER last_3_rows AS `rating_num_rmin_3m`,
    max(`rating_num`) OVER last_3_rows AS `rating_num_rmax_3m`,
    min(`rating_num`) OVER last_6_rows AS `rating_num_rmin_6m`,
    max(`rating_num`) OVER last_6_rows AS `rating_num_rmax_6m`,
    round(
      `total_banking_debt_sum` / nullif(`bureau_score_sum`, 0), 4
    ) AS `total_banking_debt_sum_to_bureau_score_sum_ratio`,
    `rating_num` >= 4L AS `ind_high_risk`,
    `rating_num` > lag(`rating_num`, 1) OVER in_order AS `ind_rating_worsened`,
    `rating_num` < lag(`rating_num`, 1) OVER in_order AS `ind_rating_improved`,
    lag(`bureau_score_sum`, 1) OVER in_order AS `bureau_score_sum_lag_1m`,
    lag(`bureau_score_sum`, 3) OVER in_order AS `bureau_score_sum_lag_3m`,
    lag(`bureau_score_sum`, 6) OVER in_order AS `bureau_score_sum_lag_6m`,
    lag(`total_banking_debt_sum`, 1) OVER in_order AS `total_banking_debt_sum_lag_1m`,
    lag(`total_banking_debt_sum`, 3) OVER in_order AS `total_banking_debt_sum_lag_3m`,
    lag(`total_banking_debt_sum`, 6) OVER in_order AS `total_banking_debt_sum_lag_6m`,
    lag(`bureau_inquiries_12m_sum`, 1) OVER in_order AS `bureau_inquiries_12m_sum_lag_1m`,
    lag(`bureau_inquiries_12m_sum`, 3) OVER in_order AS `bureau_inquiries_12m_sum_lag_3m`,
    lag(`bureau_inquiries_12m_sum`, 6) OVER in_order AS `bureau_inquiries_12m_sum_lag_6m`
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
    `bureau_score_sum` - `bureau_score_sum_lag_1m` AS `bureau_score_sum_diff_1m`,
    `bureau_score_sum` - `bureau_score_sum_lag_3m` AS `bureau_score_sum_diff_3m`,
    `bureau_score_sum` - `bureau_score_sum_lag_6m` AS `bureau_score_sum_diff_6m`,
    `total_banking_debt_sum` - `total_banking_debt_sum_lag_1m` AS `total_banking_debt_sum_diff_1m`,
    `total_banking_debt_sum` - `total_banking_debt_sum_lag_3m` AS `total_banking_debt_sum_diff_3m`,
    `total_banking_debt_sum` - `total_banking_debt_sum_lag_6m` AS `total_banking_debt_sum_diff_6m`,
    `bureau_inquiries_12m_sum` - `bureau_inquiries_12m_sum_lag_1m` AS `bureau_inquiries_12m_sum_diff_1m`,
    `bureau_inquiries_12m_sum` - `bureau_inquiries_12m_sum_lag_3m` AS `bureau_inquiries_12m_sum_diff_3m`,
    `bureau_inquiries_12m_sum` - `bureau_inquiries_12m_sum_lag_6m` AS `bureau_inquiries_12m_sum_diff_6m`
  FROM windowed
),
-- Columns made of those before, row by row.
derived_2 AS (
  SELECT
    *,
    round(`bureau_score_sum_diff_1m` / nullif(`bureau_score_sum_lag_1m`, 0), 4) AS `bureau_score_sum_roc_1m`,
    round(`bureau_score_sum_diff_3m` / nullif(`bureau_score_sum_lag_3m`, 0), 4) AS `bureau_score_sum_roc_3m`,
    round(`bureau_score_sum_diff_6m` / nullif(`bureau_score_sum_lag_6m`, 0), 4) AS `bureau_score_sum_roc_6m`,
    round(
      `total_banking_debt_sum_diff_1m` / nullif(`total_banking_debt_sum_lag_1m`, 0), 4
    ) AS `total_banking_debt_sum_roc_1m`,
    round(
      `total_banking_debt_sum_diff_3m` / nullif(`total_banking_debt_sum_lag_3m`, 0), 4
    ) AS `total_banking_debt_sum_roc_3m`,
    round(
      `total_banking_debt_sum_diff_6m` / nullif(`total_banking_debt_sum_lag_6m`, 0), 4
    ) AS `total_banking_debt_sum_roc_6m`,
    round(
      `bureau_inquiries_12m_sum_diff_1m` / nullif(`bureau_inquiries_12m_sum_lag_1m`, 0), 4
    ) AS `bureau_inquiries_12m_sum_roc_1m`,
    round(
      `bureau_inquiries_12m_sum_diff_3m` / nullif(`bureau_inquiries_12m_sum_lag_3m`, 0), 4
    ) AS `bureau_inquiries_12m_sum_roc_3m`,
    round(
      `bureau_inquiries_12m_sum_diff_6m` / nullif(`bureau_inquiries_12m_sum_lag_6m`, 0), 4
    ) AS `bureau_inquiries_12m_sum_roc_6m`
  FROM derived
),
-- The first whole number of the row that INT cannot hold.
checked AS (
  SELECT
    *,
    CASE
      WHEN `credits_cnt` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_credits_cnt: ', `credits_cnt`)
      WHEN `bureau_score_sum` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_score_sum: ', `bureau_score_sum`)
      WHEN `bureau_inquiries_12m_sum` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_inquiries_12m_sum: ', `bureau_inquiries_12m_sum`)
      WHEN `rating_num` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_rating_num: ', `rating_num`)
      WHEN `rating_num_rmin_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_rating_num_rmin_3m: ', `rating_num_rmin_3m`)
      WHEN `rating_num_rmax_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_rating_num_rmax_3m: ', `rating_num_rmax_3m`)
      WHEN `rating_num_rmin_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_rating_num_rmin_6m: ', `rating_num_rmin_6m`)
      WHEN `rating_num_rmax_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_rating_num_rmax_6m: ', `rating_num_rmax_6m`)
      WHEN `bureau_score_sum_lag_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_score_sum_lag_1m: ', `bureau_score_sum_lag_1m`)
      WHEN `bureau_score_sum_diff_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_score_sum_diff_1m: ', `bureau_score_sum_diff_1m`)
      WHEN `bureau_score_sum_lag_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_score_sum_lag_3m: ', `bureau_score_sum_lag_3m`)
      WHEN `bureau_score_sum_diff_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_score_sum_diff_3m: ', `bureau_score_sum_diff_3m`)
      WHEN `bureau_score_sum_lag_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_score_sum_lag_6m: ', `bureau_score_sum_lag_6m`)
      WHEN `bureau_score_sum_diff_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_score_sum_diff_6m: ', `bureau_score_sum_diff_6m`)
      WHEN `bureau_inquiries_12m_sum_lag_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_inquiries_12m_sum_lag_1m: ', `bureau_inquiries_12m_sum_lag_1m`)
      WHEN `bureau_inquiries_12m_sum_diff_1m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_inquiries_12m_sum_diff_1m: ', `bureau_inquiries_12m_sum_diff_1m`)
      WHEN `bureau_inquiries_12m_sum_lag_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_inquiries_12m_sum_lag_3m: ', `bureau_inquiries_12m_sum_lag_3m`)
      WHEN `bureau_inquiries_12m_sum_diff_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_inquiries_12m_sum_diff_3m: ', `bureau_inquiries_12m_sum_diff_3m`)
      WHEN `bureau_inquiries_12m_sum_lag_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_inquiries_12m_sum_lag_6m: ', `bureau_inquiries_12m_sum_lag_6m`)
      WHEN `bureau_inquiries_12m_sum_diff_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chr_bureau_inquiries_12m_sum_diff_6m: ', `bureau_inquiries_12m_sum_diff_6m`)
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
  CAST(`credits_cnt` AS INT) AS `chr_credits_cnt`,
  CAST(`bureau_score_sum` AS INT) AS `chr_bureau_score_sum`,
  `total_banking_debt_sum` AS `chr_total_banking_debt_sum`,
  CAST(`bureau_inquiries_12m_sum` AS INT) AS `chr_bureau_inquiries_12m_sum`,
  CAST(`rating_num` AS INT) AS `chr_rating_num`,
  `bureau_score_sum_ravg_3m` AS `chr_bureau_score_sum_ravg_3m`,
  `bureau_score_sum_rstd_3m` AS `chr_bureau_score_sum_rstd_3m`,
  `bureau_score_sum_ravg_6m` AS `chr_bureau_score_sum_ravg_6m`,
  `bureau_score_sum_rstd_6m` AS `chr_bureau_score_sum_rstd_6m`,
  `total_banking_debt_sum_ravg_3m` AS `chr_total_banking_debt_sum_ravg_3m`,
  `total_banking_debt_sum_rstd_3m` AS `chr_total_banking_debt_sum_rstd_3m`,
  `total_banking_debt_sum_ravg_6m` AS `chr_total_banking_debt_sum_ravg_6m`,
  `total_banking_debt_sum_rstd_6m` AS `chr_total_banking_debt_sum_rstd_6m`,
  `bureau_inquiries_12m_sum_ravg_3m` AS `chr_bureau_inquiries_12m_sum_ravg_3m`,
  `bureau_inquiries_12m_sum_rstd_3m` AS `chr_bureau_inquiries_12m_sum_rstd_3m`,
  `bureau_inquiries_12m_sum_ravg_6m` AS `chr_bureau_inquiries_12m_sum_ravg_6m`,
  `bureau_inquiries_12m_sum_rstd_6m` AS `chr_bureau_inquiries_12m_sum_rstd_6m`,
  CAST(`rating_num_rmin_3m` AS INT) AS `chr_rating_num_rmin_3m`,
  CAST(`rating_num_rmax_3m` AS INT) AS `chr_rating_num_rmax_3m`,
  CAST(`rating_num_rmin_6m` AS INT) AS `chr_rating_num_rmin_6m`,
  CAST(`rating_num_rmax_6m` AS INT) AS `chr_rating_num_rmax_6m`,
  `total_banking_debt_sum_to_bureau_score_sum_ratio` AS `chr_total_banking_debt_sum_to_bureau_score_sum_ratio`,
  `ind_high_risk` AS `chr_ind_high_risk`,
  `ind_rating_worsened` AS `chr_ind_rating_worsened`,
  `ind_rating_improved` AS `chr_ind_rating_improved`,
  CAST(`bureau_score_sum_lag_1m` AS INT) AS `chr_bureau_score_sum_lag_1m`,
  CAST(`bureau_score_sum_diff_1m` AS INT) AS `chr_bureau_score_sum_diff_1m`,
  `bureau_score_sum_roc_1m` AS `chr_bureau_score_sum_roc_1m`,
  CAST(`bureau_score_sum_lag_3m` AS INT) AS `chr_bureau_score_sum_lag_3m`,
  CAST(`bureau_score_sum_diff_3m` AS INT) AS `chr_bureau_score_sum_diff_3m`,
  `bureau_score_sum_roc_3m` AS `chr_bureau_score_sum_roc_3m`,
  CAST(`bureau_score_sum_lag_6m` AS INT) AS `chr_bureau_score_sum_lag_6m`,
  CAST(`bureau_score_sum_diff_6m` AS INT) AS `chr_bureau_score_sum_diff_6m`,
  `bureau_score_sum_roc_6m` AS `chr_bureau_score_sum_roc_6m`,
  `total_banking_debt_sum_lag_1m` AS `chr_total_banking_debt_sum_lag_1m`,
  `total_banking_debt_sum_diff_1m` AS `chr_total_banking_debt_sum_diff_1m`,
  `total_banking_debt_sum_roc_1m` AS `chr_total_banking_debt_sum_roc_1m`,
  `total_banking_debt_sum_lag_3m` AS `chr_total_banking_debt_sum_lag_3m`,
  `total_banking_debt_sum_diff_3m` AS `chr_total_banking_debt_sum_diff_3m`,
  `total_banking_debt_sum_roc_3m` AS `chr_total_banking_debt_sum_roc_3m`,
  `total_banking_debt_sum_lag_6m` AS `chr_total_banking_debt_sum_lag_6m`,
  `total_banking_debt_sum_diff_6m` AS `chr_total_banking_debt_sum_diff_6m`,
  `total_banking_debt_sum_roc_6m` AS `chr_total_banking_debt_sum_roc_6m`,
  CAST(`bureau_inquiries_12m_sum_lag_1m` AS INT) AS `chr_bureau_inquiries_12m_sum_lag_1m`,
  CAST(`bureau_inquiries_12m_sum_diff_1m` AS INT) AS `chr_bureau_inquiries_12m_sum_diff_1m`,
  `bureau_inquiries_12m_sum_roc_1m` AS `chr_bureau_inquiries_12m_sum_roc_1m`,
  CAST(`bureau_inquiries_12m_sum_lag_3m` AS INT) AS `chr_bureau_inquiries_12m_sum_lag_3m`,
  CAST(`bureau_inquiries_12m_sum_diff_3m` AS INT) AS `chr_bureau_inquiries_12m_sum_diff_3m`,
  `bureau_inquiries_12m_sum_roc_3m` AS `chr_bureau_inquiries_12m_sum_roc_3m`,
  CAST(`bureau_inquiries_12m_sum_lag_6m` AS INT) AS `chr_bureau_inquiries_12m_sum_lag_6m`,
  CAST(`bureau_inquiries_12m_sum_diff_6m` AS INT) AS `chr_bureau_inquiries_12m_sum_diff_6m`,
  `bureau_inquiries_12m_sum_roc_6m` AS `chr_bureau_inquiries_12m_sum_roc_6m`
FROM released
