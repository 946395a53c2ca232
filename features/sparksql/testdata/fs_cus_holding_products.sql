-- fs_cus_holding_products: Features for customer product holdings.
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
    trunc(CAST(`fecha` AS DATE), 'MM') AS `event_month`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `producto`)), (SELECT `accented` FROM letters),
          (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `producto`,
    CAST(`monto` AS DOUBLE) AS `monto`,
    CAST(`total_productos` AS BIGINT) AS `total_productos`
  FROM `demo_db`.`productos`
  WHERE `id_cliente` IS NOT NULL AND `id_cliente` <> 999999999
),
-- The rows that count, with their release date: what happened in a month is released on the first day of the next one.
kept_rows AS (
  SELECT
    *,
    add_months(`event_month`, 1) AS `tpk_release_dt`
  FROM source_rows
  WHERE `event_month` IS NOT NULL AND `monto` IS NOT NULL
),
-- A row per customer and release month.
monthly AS (
  SELECT
    `pk_customer`,
    `tpk_release_dt`,
    coalesce(
      sum(CASE WHEN coalesce(`producto`, '') = 'credito_vehicular' THEN `monto` ELSE CAST(NULL AS DOUBLE) END),
      0.0D
    ) AS `vehicle_loan_amount_sum_m`,
    coalesce(
      sum(CASE WHEN coalesce(`producto`, '') = 'credito_hipotecario' THEN `monto` ELSE CAST(NULL AS DOUBLE) END),
      0.0D
    ) AS `mortgage_loan_amount_sum_m`,
    coalesce(
      sum(CASE WHEN coalesce(`producto`, '') = 'tarjeta_de_credito' THEN `monto` ELSE CAST(NULL AS DOUBLE) END),
      0.0D
    ) AS `credit_card_amount_sum_m`,
    coalesce(
      sum(CASE WHEN coalesce(`producto`, '') = 'credito_productivo' THEN `monto` ELSE CAST(NULL AS DOUBLE) END),
      0.0D
    ) AS `productive_credit_amount_sum_m`,
    max(coalesce(`producto`, '') = 'credito_vehicular') AS `ind_vehicle_loan_product`,
    max(coalesce(`producto`, '') = 'credito_hipotecario') AS `ind_mortgage_loan_product`,
    max(coalesce(`producto`, '') = 'tarjeta_de_credito') AS `ind_credit_card_product`,
    max(coalesce(`producto`, '') = 'credito_productivo') AS `ind_productive_credit_product`,
    coalesce(max(`total_productos`), 0L) AS `products_cnt_m`,
    coalesce(sum(`monto`), 0.0D) AS `amount_sum_m`,
    coalesce(avg(`monto`), 0.0D) AS `amount_avg_m`,
    coalesce(min(`monto`), 0.0D) AS `amount_min_m`,
    coalesce(max(`monto`), 0.0D) AS `amount_max_m`
  FROM kept_rows
  GROUP BY `pk_customer`, `tpk_release_dt`
),
-- Columns made of those before, over windows of the customer's rows and row by row.
windowed AS (
  SELECT
    *,
    round(avg(`vehicle_loan_amount_sum_m`) OVER last_3_rows, 4) AS `vehicle_loan_amount_sum_m_ravg_3m`,
    round(stddev_samp(`vehicle_loan_amount_sum_m`) OVER last_3_rows, 4) AS `vehicle_loan_amount_sum_m_rstd_3m`,
    round(avg(`vehicle_loan_amount_sum_m`) OVER last_6_rows, 4) AS `vehicle_loan_amount_sum_m_ravg_6m`,
    round(stddev_samp(`vehicle_loan_amount_sum_m`) OVER last_6_rows, 4) AS `vehicle_loan_amount_sum_m_rstd_6m`,
    round(avg(`mortgage_loan_amount_sum_m`) OVER last_3_rows, 4) AS `mortgage_loan_amount_sum_m_ravg_3m`,
    round(stddev_samp(`mortgage_loan_amount_sum_m`) OVER last_3_rows, 4) AS `mortgage_loan_amount_sum_m_rstd_3m`,
    round(avg(`mortgage_loan_amount_sum_m`) OVER last_6_rows, 4) AS `mortgage_loan_amount_sum_m_ravg_6m`,
    round(stddev_samp(`mortgage_loan_amount_sum_m`) OVER last_6_rows, 4) AS `mortgage_loan_amount_sum_m_rstd_6m`,
    round(avg(`credit_card_amount_sum_m`) OVER last_3_rows, 4) AS `credit_card_amount_sum_m_ravg_3m`,
    round(stddev_samp(`credit_card_amount_sum_m`) OVER last_3_rows, 4) AS `credit_card_amount_sum_m_rstd_3m`,
    round(avg(`credit_card_amount_sum_m`) OVER last_6_rows, 4) AS `credit_card_amount_sum_m_ravg_6m`,
    round(stddev_samp(`credit_card_amount_sum_m`) OVER last_6_rows, 4) AS `credit_card_amount_sum_m_rstd_6m`,
    round(avg(`productive_credit_amount_sum_m`) OVER last_3_rows, 4) AS `productive_credit_amount_sum_m_ravg_3m`,
    round(
      stddev_samp(`productive_credit_amount_sum_m`) OVER last_3_rows, 4
    ) AS `productive_credit_amount_sum_m_rstd_3m`,
    round(avg(`productive_credit_amount_sum_m`) OVER last_6_rows, 4) AS `productive_credit_amount_sum_m_ravg_6m`,
    round(
      stddev_samp(`productive_credit_amount_sum_m`) OVER last_6_rows, 4
    ) AS `productive_credit_amount_sum_m_rstd_6m`,
    round(avg(`amount_sum_m`) OVER last_3_rows, 4) AS `amount_sum_m_ravg_3m`,
    round(stddev_samp(`amount_sum_m`) OVER last_3_rows, 4) AS `amount_sum_m_rstd_3m`,
    round(avg(`amount_sum_m`) OVER last_6_rows, 4) AS `amount_sum_m_ravg_6m`,
    round(stddev_samp(`amount_sum_m`) OVER last_6_rows, 4) AS `amount_sum_m_rstd_6m`,
    round(avg(`amount_avg_m`) OVER last_3_rows, 4) AS `amount_avg_m_ravg_3m`,
    round(stddev_samp(`amount_avg_m`) OVER last_3_rows, 4) AS `amount_avg_m_rstd_3m`,
    round(avg(`amount_avg_m`) OVER last_6_rows, 4) AS `amount_avg_m_ravg_6m`,
    round(stddev_samp(`amount_avg_m`) OVER last_6_rows, 4) AS `amount_avg_m_rstd_6m`,
    round(avg(`amount_min_m`) OVER last_3_rows, 4) AS `amount_min_m_ravg_3m`,
    round(stddev_samp(`amount_min_m`) OVER last_3_rows, 4) AS `amount_min_m_rstd_3m`,
    round(avg(`amount_min_m`) OVER last_6_rows, 4) AS `amount_min_m_ravg_6m`,
    round(stddev_samp(`amount_min_m`) OVER last_6_rows, 4) AS `amount_min_m_rstd_6m`,
    round(avg(`amount_max_m`) OVER last_3_rows, 4) AS `amount_max_m_ravg_3m`,
    round(stddev_samp(`amount_max_m`) OVER last_3_rows, 4) AS `amount_max_m_rstd_3m`,
    round(avg(`amount_max_m`) OVER last_6_rows, 4) AS `amount_max_m_ravg_6m`,
    round(stddev_samp(`amount_max_m`) OVER last_6_rows, 4) AS `amount_max_m_rstd_6m`,
    min(`ind_vehicle_loan_product`) OVER last_3_rows AS `ind_vehicle_loan_product_rmin_3m`,
    max(`ind_vehicle_loan_product`) OVER last_3_rows AS `ind_vehicle_loan_product_rmax_3m`,
    min(`ind_vehicle_loan_product`) OVER last_6_rows AS `ind_vehicle_loan_product_rmin_6m`,
    max(`ind_vehicle_loan_product`) OVER last_6_rows AS `ind_vehicle_loan_product_rmax_6m`,
    min(`ind_mortgage_loan_product`) OVER last_3_rows AS `ind_mortgage_loan_product_rmin_3m`,
    max(`ind_mortgage_loan_product`) OVER last_3_rows AS `ind_mortgage_loan_product_rmax_3m`,
    min(`ind_mortgage_loan_product`) OVER last_6_rows AS `ind_mortgage_loan_product_rmin_6m`,
    max(`ind_mortgage_loan_product`) OVER last_6_rows AS `ind_mortgage_loan_product_rmax_6m`,
    min(`ind_credit_card_product`) OVER last_3_rows AS `ind_credit_card_product_rmin_3m`,
    max(`ind_credit_card_product`) OVER last_3_rows AS `ind_credit_card_product_rmax_3m`,
    min(`ind_credit_card_product`) OVER last_6_rows AS `ind_credit_card_product_rmin_6m`,
    max(`ind_credit_card_product`) OVER last_6_rows AS `ind_credit_card_product_rmax_6m`,
    min(`ind_productive_credit_product`) OVER last_3_rows AS `ind_productive_credit_product_rmin_3m`,
    max(`ind_productive_credit_product`) OVER last_3_rows AS `ind_productive_credit_product_rmax_3m`,
    min(`ind_productive_credit_product`) OVER last_6_rows AS `ind_productive_credit_product_rmin_6m`,
    max(`ind_productive_credit_product`) OVER last_6_rows AS `ind_productive_credit_product_rmax_6m`,
    min(`products_cnt_m`) OVER last_3_rows AS `products_cnt_m_rmin_3m`,
    max(`products_cnt_m`) OVER last_3_rows AS `products_cnt_m_rmax_3m`,
    min(`products_cnt_m`) OVER last_6_rows AS `products_cnt_m_rmin_6m`,
    max(`products_cnt_m`) OVER last_6_rows AS `products_cnt_m_rmax_6m`,
    (
      (
        (
          CASE WHEN `ind_vehicle_loan_product` THEN 1L ELSE 0L END
          + CASE WHEN `ind_mortgage_loan_product` THEN 1L ELSE 0L END
        )
        + CASE WHEN `ind_credit_card_product` THEN 1L ELSE 0L END
      )
      + CASE WHEN `ind_productive_credit_product` THEN 1L ELSE 0L END
    )
    / nullif(4.0D, 0) AS `product_diversification_ratio`,
    (
      (
        (
          (`vehicle_loan_amount_sum_m` / nullif(`amount_sum_m`, 0))
          * (`vehicle_loan_amount_sum_m` / nullif(`amount_sum_m`, 0))
        )
        + (
          (`mortgage_loan_amount_sum_m` / nullif(`amount_sum_m`, 0))
          * (`mortgage_loan_amount_sum_m` / nullif(`amount_sum_m`, 0))
        )
      )
      + (
        (`credit_card_amount_sum_m` / nullif(`amount_sum_m`, 0))
        * (`credit_card_amount_sum_m` / nullif(`amount_sum_m`, 0))
      )
    )
    + (
      (`productive_credit_amount_sum_m` / nullif(`amount_sum_m`, 0))
      * (`productive_credit_amount_sum_m` / nullif(`amount_sum_m`, 0))
    ) AS `amount_concentration_hhi`,
    lag(`vehicle_loan_amount_sum_m`, 1) OVER in_order AS `vehicle_loan_amount_sum_m_lag_1m`,
    lag(`vehicle_loan_amount_sum_m`, 3) OVER in_order AS `vehicle_loan_amount_sum_m_lag_3m`,
    lag(`vehicle_loan_amount_sum_m`, 6) OVER in_order AS `vehicle_loan_amount_sum_m_lag_6m`,
    lag(`mortgage_loan_amount_sum_m`, 1) OVER in_order AS `mortgage_loan_amount_sum_m_lag_1m`,
    lag(`mortgage_loan_amount_sum_m`, 3) OVER in_order AS `mortgage_loan_amount_sum_m_lag_3m`,
    lag(`mortgage_loan_amount_sum_m`, 6) OVER in_order AS `mortgage_loan_amount_sum_m_lag_6m`,
    lag(`credit_card_amount_sum_m`, 1) OVER in_order AS `credit_card_amount_sum_m_lag_1m`,
    lag(`credit_card_amount_sum_m`, 3) OVER in_order AS `credit_card_amount_sum_m_lag_3m`,
    lag(`credit_card_amount_sum_m`, 6) OVER in_order AS `credit_card_amount_sum_m_lag_6m`,
    lag(`productive_credit_amount_sum_m`, 1) OVER in_order AS `productive_credit_amount_sum_m_lag_1m`,
    lag(`productive_credit_amount_sum_m`, 3) OVER in_order AS `productive_credit_amount_sum_m_lag_3m`,
    lag(`productive_credit_amount_sum_m`, 6) OVER in_order AS `productive_credit_amount_sum_m_lag_6m`,
    lag(`amount_sum_m`, 1) OVER in_order AS `amount_sum_m_lag_1m`,
    lag(`amount_sum_m`, 3) OVER in_order AS `amount_sum_m_lag_3m`,
    lag(`amount_sum_m`, 6) OVER in_order AS `amount_sum_m_lag_6m`,
    lag(`amount_avg_m`, 1) OVER in_order AS `amount_avg_m_lag_1m`,
    lag(`amount_avg_m`, 3) OVER in_order AS `amount_avg_m_lag_3m`,
    lag(`amount_avg_m`, 6) OVER in_order AS `amount_avg_m_lag_6m`,
    lag(`amount_min_m`, 1) OVER in_order AS `amount_min_m_lag_1m`,
    lag(`amount_min_m`, 3) OVER in_order AS `amount_min_m_lag_3m`,
    lag(`amount_min_m`, 6) OVER in_order AS `amount_min_m_lag_6m`,
    lag(`amount_max_m`, 1) OVER in_order AS `amount_max_m_lag_1m`,
    lag(`amount_max_m`, 3) OVER in_order AS `amount_max_m_lag_3m`,
    lag(`amount_max_m`, 6) OVER in_order AS `amount_max_m_lag_6m`
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
    `vehicle_loan_amount_sum_m` - `vehicle_loan_amount_sum_m_lag_1m` AS `vehicle_loan_amount_sum_m_diff_1m`,
    `vehicle_loan_amount_sum_m` - `vehicle_loan_amount_sum_m_lag_3m` AS `vehicle_loan_amount_sum_m_diff_3m`,
    `vehicle_loan_amount_sum_m` - `vehicle_loan_amount_sum_m_lag_6m` AS `vehicle_loan_amount_sum_m_diff_6m`,
    `mortgage_loan_amount_sum_m` - `mortgage_loan_amount_sum_m_lag_1m` AS `mortgage_loan_amount_sum_m_diff_1m`,
    `mortgage_loan_amount_sum_m` - `mortgage_loan_amount_sum_m_lag_3m` AS `mortgage_loan_amount_sum_m_diff_3m`,
    `mortgage_loan_amount_sum_m` - `mortgage_loan_amount_sum_m_lag_6m` AS `mortgage_loan_amount_sum_m_diff_6m`,
    `credit_card_amount_sum_m` - `credit_card_amount_sum_m_lag_1m` AS `credit_card_amount_sum_m_diff_1m`,
    `credit_card_amount_sum_m` - `credit_card_amount_sum_m_lag_3m` AS `credit_card_amount_sum_m_diff_3m`,
    `credit_card_amount_sum_m` - `credit_card_amount_sum_m_lag_6m` AS `credit_card_amount_sum_m_diff_6m`,
    `productive_credit_amount_sum_m`
    - `productive_credit_amount_sum_m_lag_1m` AS `productive_credit_amount_sum_m_diff_1m`,
    `productive_credit_amount_sum_m`
    - `productive_credit_amount_sum_m_lag_3m` AS `productive_credit_amount_sum_m_diff_3m`,
    `productive_credit_amount_sum_m`
    - `productive_credit_amount_sum_m_lag_6m` AS `productive_credit_amount_sum_m_diff_6m`,
    `amount_sum_m` - `amount_sum_m_lag_1m` AS `amount_sum_m_diff_1m`,
    `amount_sum_m` - `amount_sum_m_lag_3m` AS `amount_sum_m_diff_3m`,
    `amount_sum_m` - `amount_sum_m_lag_6m` AS `amount_sum_m_diff_6m`,
    `amount_avg_m` - `amount_avg_m_lag_1m` AS `amount_avg_m_diff_1m`,
    `amount_avg_m` - `amount_avg_m_lag_3m` AS `amount_avg_m_diff_3m`,
    `amount_avg_m` - `amount_avg_m_lag_6m` AS `amount_avg_m_diff_6m`,
    `amount_min_m` - `amount_min_m_lag_1m` AS `amount_min_m_diff_1m`,
    `amount_min_m` - `amount_min_m_lag_3m` AS `amount_min_m_diff_3m`,
    `amount_min_m` - `amount_min_m_lag_6m` AS `amount_min_m_diff_6m`,
    `amount_max_m` - `amount_max_m_lag_1m` AS `amount_max_m_diff_1m`,
    `amount_max_m` - `amount_max_m_lag_3m` AS `amount_max_m_diff_3m`,
    `amount_max_m` - `amount_max_m_lag_6m` AS `amount_max_m_diff_6m`
  FROM windowed
),
-- Columns made of those before, row by row.
derived_2 AS (
  SELECT
    *,
    round(
      `vehicle_loan_amount_sum_m_diff_1m` / nullif(`vehicle_loan_amount_sum_m_lag_1m`, 0), 4
    ) AS `vehicle_loan_amount_sum_m_roc_1m`,
    round(
      `vehicle_loan_amount_sum_m_diff_3m` / nullif(`vehicle_loan_amount_sum_m_lag_3m`, 0), 4
    ) AS `vehicle_loan_amount_sum_m_roc_3m`,
    round(
      `vehicle_loan_amount_sum_m_diff_6m` / nullif(`vehicle_loan_amount_sum_m_lag_6m`, 0), 4
    ) AS `vehicle_loan_amount_sum_m_roc_6m`,
    round(
      `mortgage_loan_amount_sum_m_diff_1m` / nullif(`mortgage_loan_amount_sum_m_lag_1m`, 0), 4
    ) AS `mortgage_loan_amount_sum_m_roc_1m`,
    round(
      `mortgage_loan_amount_sum_m_diff_3m` / nullif(`mortgage_loan_amount_sum_m_lag_3m`, 0), 4
    ) AS `mortgage_loan_amount_sum_m_roc_3m`,
    round(
      `mortgage_loan_amount_sum_m_diff_6m` / nullif(`mortgage_loan_amount_sum_m_lag_6m`, 0), 4
    ) AS `mortgage_loan_amount_sum_m_roc_6m`,
    round(
      `credit_card_amount_sum_m_diff_1m` / nullif(`credit_card_amount_sum_m_lag_1m`, 0), 4
    ) AS `credit_card_amount_sum_m_roc_1m`,
    round(
      `credit_card_amount_sum_m_diff_3m` / nullif(`credit_card_amount_sum_m_lag_3m`, 0), 4
    ) AS `credit_card_amount_sum_m_roc_3m`,
    round(
      `credit_card_amount_sum_m_diff_6m` / nullif(`credit_card_amount_sum_m_lag_6m`, 0), 4
    ) AS `credit_card_amount_sum_m_roc_6m`,
    round(
      `productive_credit_amount_sum_m_diff_1m` / nullif(`productive_credit_amount_sum_m_lag_1m`, 0), 4
    ) AS `productive_credit_amount_sum_m_roc_1m`,
    round(
      `productive_credit_amount_sum_m_diff_3m` / nullif(`productive_credit_amount_sum_m_lag_3m`, 0), 4
    ) AS `productive_credit_amount_sum_m_roc_3m`,
    round(
      `productive_credit_amount_sum_m_diff_6m` / nullif(`productive_credit_amount_sum_m_lag_6m`, 0), 4
    ) AS `productive_credit_amount_sum_m_roc_6m`,
    round(`amount_sum_m_diff_1m` / nullif(`amount_sum_m_lag_1m`, 0), 4) AS `amount_sum_m_roc_1m`,
    round(`amount_sum_m_diff_3m` / nullif(`amount_sum_m_lag_3m`, 0), 4) AS `amount_sum_m_roc_3m`,
    round(`amount_sum_m_diff_6m` / nullif(`amount_sum_m_lag_6m`, 0), 4) AS `amount_sum_m_roc_6m`,
    round(`amount_avg_m_diff_1m` / nullif(`amount_avg_m_lag_1m`, 0), 4) AS `amount_avg_m_roc_1m`,
    round(`amount_avg_m_diff_3m` / nullif(`amount_avg_m_lag_3m`, 0), 4) AS `amount_avg_m_roc_3m`,
    round(`amount_avg_m_diff_6m` / nullif(`amount_avg_m_lag_6m`, 0), 4) AS `amount_avg_m_roc_6m`,
    round(`amount_min_m_diff_1m` / nullif(`amount_min_m_lag_1m`, 0), 4) AS `amount_min_m_roc_1m`,
    round(`amount_min_m_diff_3m` / nullif(`amount_min_m_lag_3m`, 0), 4) AS `amount_min_m_roc_3m`,
    round(`amount_min_m_diff_6m` / nullif(`amount_min_m_lag_6m`, 0), 4) AS `amount_min_m_roc_6m`,
    round(`amount_max_m_diff_1m` / nullif(`amount_max_m_lag_1m`, 0), 4) AS `amount_max_m_roc_1m`,
    round(`amount_max_m_diff_3m` / nullif(`amount_max_m_lag_3m`, 0), 4) AS `amount_max_m_roc_3m`,
    round(`amount_max_m_diff_6m` / nullif(`amount_max_m_lag_6m`, 0), 4) AS `amount_max_m_roc_6m`
  FROM derived
),
-- The first whole number of the row that INT cannot hold.
checked AS (
  SELECT
    *,
    CASE
      WHEN `products_cnt_m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chp_products_cnt_m: ', `products_cnt_m`)
      WHEN `products_cnt_m_rmin_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chp_products_cnt_m_rmin_3m: ', `products_cnt_m_rmin_3m`)
      WHEN `products_cnt_m_rmax_3m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chp_products_cnt_m_rmax_3m: ', `products_cnt_m_rmax_3m`)
      WHEN `products_cnt_m_rmin_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chp_products_cnt_m_rmin_6m: ', `products_cnt_m_rmin_6m`)
      WHEN `products_cnt_m_rmax_6m` NOT BETWEEN -2147483648 AND 2147483647
      THEN concat('column chp_products_cnt_m_rmax_6m: ', `products_cnt_m_rmax_6m`)
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
  `vehicle_loan_amount_sum_m` AS `chp_vehicle_loan_amount_sum_m`,
  `mortgage_loan_amount_sum_m` AS `chp_mortgage_loan_amount_sum_m`,
  `credit_card_amount_sum_m` AS `chp_credit_card_amount_sum_m`,
  `productive_credit_amount_sum_m` AS `chp_productive_credit_amount_sum_m`,
  `ind_vehicle_loan_product` AS `chp_ind_vehicle_loan_product`,
  `ind_mortgage_loan_product` AS `chp_ind_mortgage_loan_product`,
  `ind_credit_card_product` AS `chp_ind_credit_card_product`,
  `ind_productive_credit_product` AS `chp_ind_productive_credit_product`,
  CAST(`products_cnt_m` AS INT) AS `chp_products_cnt_m`,
  `amount_sum_m` AS `chp_amount_sum_m`,
  `amount_avg_m` AS `chp_amount_avg_m`,
  `amount_min_m` AS `chp_amount_min_m`,
  `amount_max_m` AS `chp_amount_max_m`,
  `vehicle_loan_amount_sum_m_ravg_3m` AS `chp_vehicle_loan_amount_sum_m_ravg_3m`,
  `vehicle_loan_amount_sum_m_rstd_3m` AS `chp_vehicle_loan_amount_sum_m_rstd_3m`,
  `vehicle_loan_amount_sum_m_ravg_6m` AS `chp_vehicle_loan_amount_sum_m_ravg_6m`,
  `vehicle_loan_amount_sum_m_rstd_6m` AS `chp_vehicle_loan_amount_sum_m_rstd_6m`,
  `mortgage_loan_amount_sum_m_ravg_3m` AS `chp_mortgage_loan_amount_sum_m_ravg_3m`,
  `mortgage_loan_amount_sum_m_rstd_3m` AS `chp_mortgage_loan_amount_sum_m_rstd_3m`,
  `mortgage_loan_amount_sum_m_ravg_6m` AS `chp_mortgage_loan_amount_sum_m_ravg_6m`,
  `mortgage_loan_amount_sum_m_rstd_6m` AS `chp_mortgage_loan_amount_sum_m_rstd_6m`,
  `credit_card_amount_sum_m_ravg_3m` AS `chp_credit_card_amount_sum_m_ravg_3m`,
  `credit_card_amount_sum_m_rstd_3m` AS `chp_credit_card_amount_sum_m_rstd_3m`,
  `credit_card_amount_sum_m_ravg_6m` AS `chp_credit_card_amount_sum_m_ravg_6m`,
  `credit_card_amount_sum_m_rstd_6m` AS `chp_credit_card_amount_sum_m_rstd_6m`,
  `productive_credit_amount_sum_m_ravg_3m` AS `chp_productive_credit_amount_sum_m_ravg_3m`,
  `productive_credit_amount_sum_m_rstd_3m` AS `chp_productive_credit_amount_sum_m_rstd_3m`,
  `productive_credit_amount_sum_m_ravg_6m` AS `chp_productive_credit_amount_sum_m_ravg_6m`,
  `productive_credit_amount_sum_m_rstd_6m` AS `chp_productive_credit_amount_sum_m_rstd_6m`,
  `amount_sum_m_ravg_3m` AS `chp_amount_sum_m_ravg_3m`,
  `amount_sum_m_rstd_3m` AS `chp_amount_sum_m_rstd_3m`,
  `amount_sum_m_ravg_6m` AS `chp_amount_sum_m_ravg_6m`,
  `amount_sum_m_rstd_6m` AS `chp_amount_sum_m_rstd_6m`,
  `amount_avg_m_ravg_3m` AS `chp_amount_avg_m_ravg_3m`,
  `amount_avg_m_rstd_3m` AS `chp_amount_avg_m_rstd_3m`,
  `amount_avg_m_ravg_6m` AS `chp_amount_avg_m_ravg_6m`,
  `amount_avg_m_rstd_6m` AS `chp_amount_avg_m_rstd_6m`,
  `amount_min_m_ravg_3m` AS `chp_amount_min_m_ravg_3m`,
  `amount_min_m_rstd_3m` AS `chp_amount_min_m_rstd_3m`,
  `amount_min_m_ravg_6m` AS `chp_amount_min_m_ravg_6m`,
  `amount_min_m_rstd_6m` AS `chp_amount_min_m_rstd_6m`,
  `amount_max_m_ravg_3m` AS `chp_amount_max_m_ravg_3m`,
  `amount_max_m_rstd_3m` AS `chp_amount_max_m_rstd_3m`,
  `amount_max_m_ravg_6m` AS `chp_amount_max_m_ravg_6m`,
  `amount_max_m_rstd_6m` AS `chp_amount_max_m_rstd_6m`,
  `ind_vehicle_loan_product_rmin_3m` AS `chp_ind_vehicle_loan_product_rmin_3m`,
  `ind_vehicle_loan_product_rmax_3m` AS `chp_ind_vehicle_loan_product_rmax_3m`,
  `ind_vehicle_loan_product_rmin_6m` AS `chp_ind_vehicle_loan_product_rmin_6m`,
  `ind_vehicle_loan_product_rmax_6m` AS `chp_ind_vehicle_loan_product_rmax_6m`,
  `ind_mortgage_loan_product_rmin_3m` AS `chp_ind_mortgage_loan_product_rmin_3m`,
  `ind_mortgage_loan_product_rmax_3m` AS `chp_ind_mortgage_loan_product_rmax_3m`,
  `ind_mortgage_loan_product_rmin_6m` AS `chp_ind_mortgage_loan_product_rmin_6m`,
  `ind_mortgage_loan_product_rmax_6m` AS `chp_ind_mortgage_loan_product_rmax_6m`,
  `ind_credit_card_product_rmin_3m` AS `chp_ind_credit_card_product_rmin_3m`,
  `ind_credit_card_product_rmax_3m` AS `chp_ind_credit_card_product_rmax_3m`,
  `ind_credit_card_product_rmin_6m` AS `chp_ind_credit_card_product_rmin_6m`,
  `ind_credit_card_product_rmax_6m` AS `chp_ind_credit_card_product_rmax_6m`,
  `ind_productive_credit_product_rmin_3m` AS `chp_ind_productive_credit_product_rmin_3m`,
  `ind_productive_credit_product_rmax_3m` AS `chp_ind_productive_credit_product_rmax_3m`,
  `ind_productive_credit_product_rmin_6m` AS `chp_ind_productive_credit_product_rmin_6m`,
  `ind_productive_credit_product_rmax_6m` AS `chp_ind_productive_credit_product_rmax_6m`,
  CAST(`products_cnt_m_rmin_3m` AS INT) AS `chp_products_cnt_m_rmin_3m`,
  CAST(`products_cnt_m_rmax_3m` AS INT) AS `chp_products_cnt_m_rmax_3m`,
  CAST(`products_cnt_m_rmin_6m` AS INT) AS `chp_products_cnt_m_rmin_6m`,
  CAST(`products_cnt_m_rmax_6m` AS INT) AS `chp_products_cnt_m_rmax_6m`,
  `product_diversification_ratio` AS `chp_product_diversification_ratio`,
  `amount_concentration_hhi` AS `chp_amount_concentration_hhi`,
  `vehicle_loan_amount_sum_m_lag_1m` AS `chp_vehicle_loan_amount_sum_m_lag_1m`,
  `vehicle_loan_amount_sum_m_diff_1m` AS `chp_vehicle_loan_amount_sum_m_diff_1m`,
  `vehicle_loan_amount_sum_m_roc_1m` AS `chp_vehicle_loan_amount_sum_m_roc_1m`,
  `vehicle_loan_amount_sum_m_lag_3m` AS `chp_vehicle_loan_amount_sum_m_lag_3m`,
  `vehicle_loan_amount_sum_m_diff_3m` AS `chp_vehicle_loan_amount_sum_m_diff_3m`,
  `vehicle_loan_amount_sum_m_roc_3m` AS `chp_vehicle_loan_amount_sum_m_roc_3m`,
  `vehicle_loan_amount_sum_m_lag_6m` AS `chp_vehicle_loan_amount_sum_m_lag_6m`,
  `vehicle_loan_amount_sum_m_diff_6m` AS `chp_vehicle_loan_amount_sum_m_diff_6m`,
  `vehicle_loan_amount_sum_m_roc_6m` AS `chp_vehicle_loan_amount_sum_m_roc_6m`,
  `mortgage_loan_amount_sum_m_lag_1m` AS `chp_mortgage_loan_amount_sum_m_lag_1m`,
  `mortgage_loan_amount_sum_m_diff_1m` AS `chp_mortgage_loan_amount_sum_m_diff_1m`,
  `mortgage_loan_amount_sum_m_roc_1m` AS `chp_mortgage_loan_amount_sum_m_roc_1m`,
  `mortgage_loan_amount_sum_m_lag_3m` AS `chp_mortgage_loan_amount_sum_m_lag_3m`,
  `mortgage_loan_amount_sum_m_diff_3m` AS `chp_mortgage_loan_amount_sum_m_diff_3m`,
  `mortgage_loan_amount_sum_m_roc_3m` AS `chp_mortgage_loan_amount_sum_m_roc_3m`,
  `mortgage_loan_amount_sum_m_lag_6m` AS `chp_mortgage_loan_amount_sum_m_lag_6m`,
  `mortgage_loan_amount_sum_m_diff_6m` AS `chp_mortgage_loan_amount_sum_m_diff_6m`,
  `mortgage_loan_amount_sum_m_roc_6m` AS `chp_mortgage_loan_amount_sum_m_roc_6m`,
  `credit_card_amount_sum_m_lag_1m` AS `chp_credit_card_amount_sum_m_lag_1m`,
  `credit_card_amount_sum_m_diff_1m` AS `chp_credit_card_amount_sum_m_diff_1m`,
  `credit_card_amount_sum_m_roc_1m` AS `chp_credit_card_amount_sum_m_roc_1m`,
  `credit_card_amount_sum_m_lag_3m` AS `chp_credit_card_amount_sum_m_lag_3m`,
  `credit_card_amount_sum_m_diff_3m` AS `chp_credit_card_amount_sum_m_diff_3m`,
  `credit_card_amount_sum_m_roc_3m` AS `chp_credit_card_amount_sum_m_roc_3m`,
  `credit_card_amount_sum_m_lag_6m` AS `chp_credit_card_amount_sum_m_lag_6m`,
  `credit_card_amount_sum_m_diff_6m` AS `chp_credit_card_amount_sum_m_diff_6m`,
  `credit_card_amount_sum_m_roc_6m` AS `chp_credit_card_amount_sum_m_roc_6m`,
  `productive_credit_amount_sum_m_lag_1m` AS `chp_productive_credit_amount_sum_m_lag_1m`,
  `productive_credit_amount_sum_m_diff_1m` AS `chp_productive_credit_amount_sum_m_diff_1m`,
  `productive_credit_amount_sum_m_roc_1m` AS `chp_productive_credit_amount_sum_m_roc_1m`,
  `productive_credit_amount_sum_m_lag_3m` AS `chp_productive_credit_amount_sum_m_lag_3m`,
  `productive_credit_amount_sum_m_diff_3m` AS `chp_productive_credit_amount_sum_m_diff_3m`,
  `productive_credit_amount_sum_m_roc_3m` AS `chp_productive_credit_amount_sum_m_roc_3m`,
  `productive_credit_amount_sum_m_lag_6m` AS `chp_productive_credit_amount_sum_m_lag_6m`,
  `productive_credit_amount_sum_m_diff_6m` AS `chp_productive_credit_amount_sum_m_diff_6m`,
  `productive_credit_amount_sum_m_roc_6m` AS `chp_productive_credit_amount_sum_m_roc_6m`,
  `amount_sum_m_lag_1m` AS `chp_amount_sum_m_lag_1m`,
  `amount_sum_m_diff_1m` AS `chp_amount_sum_m_diff_1m`,
  `amount_sum_m_roc_1m` AS `chp_amount_sum_m_roc_1m`,
  `amount_sum_m_lag_3m` AS `chp_amount_sum_m_lag_3m`,
  `amount_sum_m_diff_3m` AS `chp_amount_sum_m_diff_3m`,
  `amount_sum_m_roc_3m` AS `chp_amount_sum_m_roc_3m`,
  `amount_sum_m_lag_6m` AS `chp_amount_sum_m_lag_6m`,
  `amount_sum_m_diff_6m` AS `chp_amount_sum_m_diff_6m`,
  `amount_sum_m_roc_6m` AS `chp_amount_sum_m_roc_6m`,
  `amount_avg_m_lag_1m` AS `chp_amount_avg_m_lag_1m`,
  `amount_avg_m_diff_1m` AS `chp_amount_avg_m_diff_1m`,
  `amount_avg_m_roc_1m` AS `chp_amount_avg_m_roc_1m`,
  `amount_avg_m_lag_3m` AS `chp_amount_avg_m_lag_3m`,
  `amount_avg_m_diff_3m` AS `chp_amount_avg_m_diff_3m`,
  `amount_avg_m_roc_3m` AS `chp_amount_avg_m_roc_3m`,
  `amount_avg_m_lag_6m` AS `chp_amount_avg_m_lag_6m`,
  `amount_avg_m_diff_6m` AS `chp_amount_avg_m_diff_6m`,
  `amount_avg_m_roc_6m` AS `chp_amount_avg_m_roc_6m`,
  `amount_min_m_lag_1m` AS `chp_amount_min_m_lag_1m`,
  `amount_min_m_diff_1m` AS `chp_amount_min_m_diff_1m`,
  `amount_min_m_roc_1m` AS `chp_amount_min_m_roc_1m`,
  `amount_min_m_lag_3m` AS `chp_amount_min_m_lag_3m`,
  `amount_min_m_diff_3m` AS `chp_amount_min_m_diff_3m`,
  `amount_min_m_roc_3m` AS `chp_amount_min_m_roc_3m`,
  `amount_min_m_lag_6m` AS `chp_amount_min_m_lag_6m`,
  `amount_min_m_diff_6m` AS `chp_amount_min_m_diff_6m`,
  `amount_min_m_roc_6m` AS `chp_amount_min_m_roc_6m`,
  `amount_max_m_lag_1m` AS `chp_amount_max_m_lag_1m`,
  `amount_max_m_diff_1m` AS `chp_amount_max_m_diff_1m`,
  `amount_max_m_roc_1m` AS `chp_amount_max_m_roc_1m`,
  `amount_max_m_lag_3m` AS `chp_amount_max_m_lag_3m`,
  `amount_max_m_diff_3m` AS `chp_amount_max_m_diff_3m`,
  `amount_max_m_roc_3m` AS `chp_amount_max_m_roc_3m`,
  `amount_max_m_lag_6m` AS `chp_amount_max_m_lag_6m`,
  `amount_max_m_diff_6m` AS `chp_amount_max_m_diff_6m`,
  `amount_max_m_roc_6m` AS `chp_amount_max_m_roc_6m`
FROM released
