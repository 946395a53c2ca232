-- The rows of demo_db.pagos that fs_cus_payment_behavior keeps, and how many of them have no month in periodo.
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
    CAST(`cuota_mensual` AS DOUBLE) AS `cuota_mensual`,
    CAST(`periodo` AS STRING) AS `month_value`
  FROM `main`.`sources`.`pagos`
  WHERE `id_cliente` IS NOT NULL AND `id_cliente` <> 999999999
),
-- How many there are, and the first bad one in the order of customers.
counted AS (
  SELECT
    count(*) AS `rows`,
    count_if(`event_month` IS NULL) AS `bad_rows`,
    min(struct(`pk_customer`, `month_value`)) FILTER (WHERE `event_month` IS NULL) AS `first_bad`
  FROM source_rows
  WHERE `calificacion_sistema` IS NOT NULL
)
SELECT
  `rows`,
  `bad_rows`,
  `first_bad`.`pk_customer` AS `example_customer`,
  `first_bad`.`month_value` AS `example`
FROM counted
