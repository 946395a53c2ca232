-- fs_cus_demographic: Features for customer demographic attributes, as they are today.
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
-- The rows of customers, in the types that features read. Texts are cleaned.
source_rows AS (
  SELECT
    `id_cliente` AS `pk_customer`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `genero`)), (SELECT `accented` FROM letters),
          (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `genero`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `estado_civil`)),
          (SELECT `accented` FROM letters), (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `estado_civil`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `nivel_educativo`)),
          (SELECT `accented` FROM letters), (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `nivel_educativo`,
    CAST(`ingresos_mensuales` AS DOUBLE) AS `ingresos_mensuales`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `zona_residencia`)),
          (SELECT `accented` FROM letters), (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `zona_residencia`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `ciudad`)), (SELECT `accented` FROM letters),
          (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `ciudad`,
    CAST(`fecha_apertura` AS DATE) AS `fecha_apertura`,
    trim(BOTH '_' FROM regexp_replace(
      replace(replace(replace(replace(regexp_replace(
        translate(
          lower(trim(BOTH ' \u0009\u000A\u000B\u000C\u000D' FROM `segmento_cliente`)),
          (SELECT `accented` FROM letters), (SELECT `plain` FROM letters)
        ), '[\\u0300-\\u036F]', ''
      ), 'ß', 'ss'), 'æ', 'ae'), 'þ', 'th'), 'œ', 'oe'), '[\\[\\]\\(\\)\\*:\\.;<\\?/,\'_& -]+', '_'
    )) AS `segmento_cliente`
  FROM `demo_db`.`clientes`
  WHERE `id_cliente` IS NOT NULL AND `id_cliente` <> 999999999
),
-- The release dates of the output.
months AS (
  SELECT
    add_months(DATE '2019-01-01', CAST(id AS INT)) AS `tpk_release_dt`
  FROM range(89)
),
-- The rows that count, once for each release date from their first one on.
kept_rows AS (
  SELECT
    source_rows.*,
    months.`tpk_release_dt`
  FROM source_rows
  JOIN months ON months.`tpk_release_dt` >= source_rows.`fecha_apertura`
),
-- A row per customer and release month, with what a row of the source alone tells.
monthly AS (
  SELECT
    *,
    `genero` AS `gender`,
    CASE `nivel_educativo`
      WHEN 'universitario' THEN 'superior'
      WHEN 'postgrado' THEN 'superior'
      WHEN 'secundaria' THEN 'secundaria'
      WHEN 'primaria' THEN 'primaria'
      ELSE 'ninguna'
    END AS `educational_lvl1`,
    `nivel_educativo` AS `educational_lvl2`,
    CASE
      WHEN `estado_civil` IS NULL THEN CAST(NULL AS STRING)
      ELSE CASE `estado_civil` WHEN 'divorciado' THEN 'soltero' WHEN 'soltero' THEN 'soltero' ELSE 'casado' END
    END AS `marital_status_lvl1`,
    `estado_civil` AS `marital_status_lvl2`,
    `ingresos_mensuales` AS `avg_income_month`,
    `zona_residencia` AS `zone_residence`,
    `ciudad` AS `city`,
    `segmento_cliente` AS `segment`,
    months_between(`tpk_release_dt`, trunc(`fecha_apertura`, 'MM')) AS `cust_code_creation_time_months`
  FROM kept_rows
),
-- The months of the output.
released AS (
  SELECT
    *
  FROM monthly
  WHERE `tpk_release_dt` BETWEEN DATE '2019-01-01' AND DATE '2026-05-01'
)
SELECT
  `pk_customer`,
  `tpk_release_dt`,
  `gender` AS `cdmg_gender`,
  `educational_lvl1` AS `cdmg_educational_lvl1`,
  `educational_lvl2` AS `cdmg_educational_lvl2`,
  `marital_status_lvl1` AS `cdmg_marital_status_lvl1`,
  `marital_status_lvl2` AS `cdmg_marital_status_lvl2`,
  `avg_income_month` AS `cdmg_avg_income_month`,
  `zone_residence` AS `cdmg_zone_residence`,
  `city` AS `cdmg_city`,
  `segment` AS `cdmg_segment`,
  `cust_code_creation_time_months` AS `cdmg_cust_code_creation_time_months`
FROM released
