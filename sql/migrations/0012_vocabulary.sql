-- The vocabulary: what words mean the same, or nearly, and what they were in any past version. Trade words that builders use,
-- relations between them, and the official lists that the team may take words from (ESCO, ISCO, STAR, CPV).
--
-- Facts and orders name the pool's own keys (reference_code, 0004). What ranking reads (vocabulary_words, vocabulary_relations)
-- is written down for each version and never changed after: version N always gives the same rows.
--
-- Lock order: vocabulary_version before pool_version (0001) and all else. Every change holds its row to the end of the
-- transaction, so the order of versions is the order of commits.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Versions

CREATE TABLE vocabulary_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO vocabulary_version (version) VALUES (1);   -- what 0003 shipped, and the trade words below

-- Who made a version, and of what.
CREATE TABLE vocabulary_change (
    version bigint PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,           -- API key id, or the name of a role
    person text,                   -- the named person who holds the key
    action text NOT NULL CHECK (action IN ('shipped', 'added', 'changed', 'removed', 'imported')),
    kind text,                     -- of the one word that it is about; NULL: an import
    code text,
    detail jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO vocabulary_change (version, actor, action) VALUES (1, 'emnebank', 'shipped');

CREATE FUNCTION vocabulary_current() RETURNS bigint LANGUAGE sql STABLE
AS $$ SELECT version FROM vocabulary_version $$;

-- The next version; call it once in a transaction, before the rows that carry it. Whoever follows the pool is told at the
-- commit, on the pool's own channel. Nobody but the owner's functions calls it.
CREATE FUNCTION vocabulary_advance() RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE advanced bigint;
BEGIN
    UPDATE vocabulary_version SET version = version + 1 RETURNING version INTO advanced;
    PERFORM pg_notify('emnebank_pool', '');
    RETURN advanced;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The official lists, as imported. A concept is one of: 'esco-occupation', 'esco-skill', 'esco-skill-group', 'isco-group'
-- (code: its URI), 'trade' (STAR's own code) and 'cpv' (eight digits).

CREATE TABLE vocabulary_source (
    name text PRIMARY KEY,         -- 'esco-occupations-da', …: one kind of file (services/vocabulary/README.md)
    release text NOT NULL,         -- '1.2.0', '2008', …
    digest bytea NOT NULL,         -- SHA-256 of the file
    rows int NOT NULL,
    version bigint NOT NULL,       -- the vocabulary version that it came with
    imported_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE vocabulary_concept (
    kind text NOT NULL CHECK (kind IN ('esco-occupation', 'esco-skill', 'esco-skill-group', 'isco-group', 'trade', 'cpv')),
    code text NOT NULL,
    notation text,                 -- its code in the list: '7114.1' (ESCO), '7114' (ISCO), 'S6.1', four digits of DISCO
    obsolete_since text,           -- the release that it left while still in use
    PRIMARY KEY (kind, code)
);

-- What a source calls a concept; place 0 is the preferred label. A source that has no term for a concept does not list it.
CREATE TABLE vocabulary_term (
    source text NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    place smallint NOT NULL CHECK (place >= 0),
    language char(2) NOT NULL CHECK (language IN ('da', 'en')),
    text text NOT NULL CHECK (text <> ''),
    PRIMARY KEY (kind, code, source, language, place, text),
    FOREIGN KEY (kind, code) REFERENCES vocabulary_concept ON DELETE CASCADE
);

-- 'broader' (an occupation's group, a skill's group), 'essential' and 'optional' (of an occupation or a skill, to a skill),
-- and 'exact', 'close', 'broad', 'narrow' (a trade's ESCO occupation). Its end may be a concept that nobody imported yet.
CREATE TABLE vocabulary_arc (
    source text NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    relation text NOT NULL CHECK (relation IN ('broader', 'essential', 'optional', 'exact', 'close', 'broad', 'narrow')),
    related_kind text NOT NULL,
    related text NOT NULL,
    PRIMARY KEY (kind, code, relation, related, source)
);
CREATE INDEX vocabulary_arc_to ON vocabulary_arc (related_kind, related);

-- ---------------------------------------------------------------------------------------------------------------
-- The pool's own words

ALTER TABLE competence ADD COLUMN retired boolean NOT NULL DEFAULT false;  -- no new facts or requirements; old ones stay
ALTER TABLE trade ADD COLUMN obsolete_since text;                          -- the release of the STAR list that it left
CREATE INDEX competence_field ON competence (field, key);
CREATE INDEX competence_esco ON competence (esco_uri);

-- Words that people use for a code. In force in versions from_version <= v < to_version, as below.
CREATE TABLE vocabulary_synonym (
    kind text NOT NULL,
    code text NOT NULL,
    text text NOT NULL CHECK (text ~ '\S' AND length(text) <= 120),
    from_version bigint NOT NULL,
    to_version bigint,
    PRIMARY KEY (kind, code, text, from_version)
);
CREATE UNIQUE INDEX vocabulary_synonym_current ON vocabulary_synonym (kind, code, lower(text)) WHERE to_version IS NULL;

-- What the team says of two words of one kind, kept once for both ways: code before related by bytes, and what `related` is
-- to `code`: 'close', 'broader' (related is the broader one), 'narrower', or 'occupation' (the same job asks for both).
CREATE TABLE vocabulary_link (
    kind text NOT NULL CHECK (kind IN ('competence', 'certificate', 'occupation')),
    code text NOT NULL,
    related text NOT NULL,
    relation text NOT NULL CHECK (relation IN ('close', 'broader', 'narrower', 'occupation')),
    from_version bigint NOT NULL,
    to_version bigint,
    PRIMARY KEY (kind, code, related, from_version),
    CHECK (code < related COLLATE "C")
);
CREATE UNIQUE INDEX vocabulary_link_current ON vocabulary_link (kind, code, related) WHERE to_version IS NULL;
CREATE INDEX vocabulary_link_back ON vocabulary_link (kind, related);

CREATE FUNCTION vocabulary_inverse(relation text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE relation WHEN 'broader' THEN 'narrower' WHEN 'narrower' THEN 'broader' ELSE relation END $$;

-- The links in force, both ways.
CREATE VIEW vocabulary_linked AS
    SELECT kind, code, related, relation FROM vocabulary_link WHERE to_version IS NULL
    UNION ALL
    SELECT kind, related, code, vocabulary_inverse(relation) FROM vocabulary_link WHERE to_version IS NULL;

-- Every word that a fact or requirement may name and that has a label, as it is now.
CREATE VIEW vocabulary_word_now AS
    SELECT 'competence' AS kind, key AS code, label_da AS label, false AS expires,
           jsonb_strip_nulls(jsonb_build_object('field', field, 'esco_uri', esco_uri, 'retired', retired)) AS detail
    FROM competence
    UNION ALL
    SELECT 'certificate', key, label_da, validity_months IS NOT NULL,
           jsonb_strip_nulls(jsonb_build_object('basis', basis, 'validity_months', validity_months, 'course_days', course_days))
    FROM certificate
    UNION ALL SELECT 'licence', key, label_da, false, '{}' FROM licence
    UNION ALL SELECT 'language', code, label, false, '{}' FROM language_labels()
    UNION ALL
    SELECT 'occupation', code, title_da, false,
           jsonb_strip_nulls(jsonb_build_object('disco4', disco4, 'esco_uri', esco_uri, 'obsolete_since', obsolete_since))
    FROM trade;

-- ---------------------------------------------------------------------------------------------------------------
-- Relations that ranking gives partial credit for: for an asked `code`, a fact with `related` counts by `relation`.

CREATE FUNCTION vocabulary_strength(relation text) RETURNS int LANGUAGE sql IMMUTABLE
AS $$ SELECT array_position(ARRAY['implied', 'unit', 'close', 'broader', 'narrower', 'group', 'occupation'], relation) $$;

-- Driving licences: what a licence lets its holder drive besides. Directive 2006/126/EC article 6: a C is given only to who
-- has B, an E only to who has the class without it (1); CE counts as BE (2a), C as C1 (2f). A Danish B covers tractor and
-- motor implement, TM (the driving licence order, bek. 312/2015, on category B). C1 and BE imply B by (1).
CREATE FUNCTION vocabulary_licences() RETURNS TABLE (asked text, held text) LANGUAGE sql IMMUTABLE
AS $$
    VALUES ('C', 'CE'), ('C1', 'CE'), ('BE', 'CE'), ('B', 'CE'), ('TM', 'CE'), ('C1', 'C'), ('B', 'C'), ('TM', 'C'),
           ('B', 'C1'), ('TM', 'C1'), ('B', 'BE'), ('TM', 'BE'), ('B', 'D'), ('TM', 'D'), ('TM', 'B')
$$;

-- A trade's ESCO occupations: the one that it carries, and those that STAR calls exactly the same.
CREATE VIEW vocabulary_trade_esco AS
    SELECT code, esco_uri AS uri FROM trade WHERE esco_uri LIKE '%/occupation/%'
    UNION
    SELECT code, related FROM vocabulary_arc WHERE kind = 'trade' AND relation = 'exact' AND related_kind = 'esco-occupation';

-- A competence's skill groups and the occupations that it is essential to, where it is linked to a skill.
CREATE VIEW vocabulary_competence_arc AS
    SELECT c.key, a.relation, a.related AS uri FROM competence c
    JOIN vocabulary_arc a ON a.kind = 'esco-skill' AND a.code = c.esco_uri
    WHERE a.relation = 'broader' AND a.related_kind = 'esco-skill-group'
    UNION
    SELECT c.key, a.relation, a.code FROM competence c
    JOIN vocabulary_arc a ON a.related_kind = 'esco-skill' AND a.related = c.esco_uri
    WHERE a.kind = 'esco-occupation' AND a.relation = 'essential';

-- Every relation that holds, a pair as often as there are reasons for it.
CREATE VIEW vocabulary_reason (kind, code, related, relation) AS
    SELECT 'licence', asked, held, 'implied' FROM vocabulary_licences()
    UNION ALL
    SELECT 'occupation', t.code, o.code, 'unit' FROM trade t JOIN trade o ON o.disco4 = t.disco4
    UNION ALL
    SELECT 'occupation', t.code, o.code, 'close' FROM vocabulary_trade_esco t JOIN vocabulary_trade_esco o USING (uri)
    UNION ALL
    SELECT kind, code, related, relation FROM vocabulary_linked
    UNION ALL
    SELECT 'competence', c.key, o.key, 'group' FROM competence c JOIN competence o ON o.field = c.field
    UNION ALL
    SELECT 'competence', c.key, o.key, CASE c.relation WHEN 'broader' THEN 'group' ELSE 'occupation' END
    FROM vocabulary_competence_arc c JOIN vocabulary_competence_arc o USING (relation, uri);

-- One row per pair, the strongest reason; the 64 strongest of a code.
CREATE VIEW vocabulary_relation_now AS
    SELECT kind, code, related, relation, place FROM (
        SELECT kind, code, related, relation, row_number() OVER (
                   PARTITION BY kind, code ORDER BY vocabulary_strength(relation), related COLLATE "C")::smallint AS place
        FROM (SELECT DISTINCT ON (kind, code, related) kind, code, related, relation FROM vocabulary_reason
              WHERE code <> related ORDER BY kind, code, related, vocabulary_strength(relation)) AS strongest) AS ranked
    WHERE place <= 64;

-- ---------------------------------------------------------------------------------------------------------------
-- What was in force in each version

CREATE TABLE vocabulary_word (
    kind text NOT NULL,
    code text NOT NULL,
    label text NOT NULL,
    expires boolean NOT NULL,
    detail jsonb NOT NULL,         -- field, basis, validity_months, course_days, …: what an editor sees
    from_version bigint NOT NULL,
    to_version bigint,
    PRIMARY KEY (kind, code, from_version)
);

CREATE TABLE vocabulary_relation (
    kind text NOT NULL,
    code text NOT NULL,
    related text NOT NULL,
    relation text NOT NULL,
    place smallint NOT NULL,       -- among the code's, from 1
    from_version bigint NOT NULL,
    to_version bigint,
    PRIMARY KEY (kind, code, related, from_version)
);
CREATE INDEX vocabulary_relation_current ON vocabulary_relation (kind, code, place) WHERE to_version IS NULL;

-- Writes down as version `at` what has changed since the version before. The caller has advanced to `at`.
CREATE FUNCTION vocabulary_settle(at bigint) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE vocabulary_word w SET to_version = at
    WHERE w.to_version IS NULL AND NOT EXISTS (
        SELECT FROM vocabulary_word_now n
        WHERE (n.kind, n.code, n.label, n.expires, n.detail) = (w.kind, w.code, w.label, w.expires, w.detail));
    INSERT INTO vocabulary_word (kind, code, label, expires, detail, from_version)
    SELECT n.kind, n.code, n.label, n.expires, n.detail, at FROM vocabulary_word_now n
    WHERE NOT EXISTS (SELECT FROM vocabulary_word w WHERE w.to_version IS NULL AND (w.kind, w.code) = (n.kind, n.code));

    WITH settled AS MATERIALIZED (SELECT * FROM vocabulary_relation_now), gone AS (
        UPDATE vocabulary_relation r SET to_version = at
        WHERE r.to_version IS NULL AND NOT EXISTS (
            SELECT FROM settled n
            WHERE (n.kind, n.code, n.related, n.relation, n.place) = (r.kind, r.code, r.related, r.relation, r.place)))
    INSERT INTO vocabulary_relation (kind, code, related, relation, place, from_version)
    SELECT n.kind, n.code, n.related, n.relation, n.place, at FROM settled n
    WHERE NOT EXISTS (
        SELECT FROM vocabulary_relation r
        WHERE r.to_version IS NULL
          AND (n.kind, n.code, n.related, n.relation, n.place) = (r.kind, r.code, r.related, r.relation, r.place));
END $$;

-- The contract with ranking: all words and all relations of one version. Relations by kind, code, strength and bytes.
CREATE FUNCTION vocabulary_words(at bigint) RETURNS TABLE (kind text, code text, label text, expires boolean)
    LANGUAGE sql STABLE
AS $$
    SELECT w.kind, w.code, w.label, w.expires FROM vocabulary_word w
    WHERE w.from_version <= at AND (w.to_version IS NULL OR w.to_version > at)
    ORDER BY w.kind COLLATE "C", w.code COLLATE "C"
$$;

CREATE FUNCTION vocabulary_relations(at bigint) RETURNS TABLE (kind text, code text, related text, relation text)
    LANGUAGE sql STABLE
AS $$
    SELECT r.kind, r.code, r.related, r.relation FROM vocabulary_relation r
    WHERE r.from_version <= at AND (r.to_version IS NULL OR r.to_version > at)
    ORDER BY r.kind COLLATE "C", r.code COLLATE "C", r.place
$$;

-- What certificates were in one version: months that one counts (NULL: it does not expire), days of the course (NULL: not
-- known), and what it rests on.
CREATE FUNCTION vocabulary_certificates(at bigint)
    RETURNS TABLE (code text, label text, validity_months int, course_days int, basis text) LANGUAGE sql STABLE
AS $$
    SELECT w.code, w.label, (w.detail ->> 'validity_months')::int, (w.detail ->> 'course_days')::int, w.detail ->> 'basis'
    FROM vocabulary_word w
    WHERE w.kind = 'certificate' AND w.from_version <= at AND (w.to_version IS NULL OR w.to_version > at)
    ORDER BY w.code COLLATE "C"
$$;

-- The contract with suggest: every text that names a code, heavier the more it is the code's own name. The pool's words:
-- labels 100, the team's synonyms 95; what a trade's ESCO occupation is called: Danish 80 and 70, English 50 and 40. Beside
-- them all ESCO occupations and skills under their URI, for who looks for more than the pool has.
CREATE VIEW vocabulary_labels (kind, code, label, weight) AS
    SELECT kind, code, label, 100::smallint FROM vocabulary_word
    WHERE to_version IS NULL AND NOT coalesce((detail ->> 'retired')::boolean, false) AND NOT detail ? 'obsolete_since'
    UNION ALL
    SELECT s.kind, s.code, s.text, 95::smallint FROM vocabulary_synonym s
    JOIN vocabulary_word w ON w.to_version IS NULL AND (w.kind, w.code) = (s.kind, s.code)
        AND NOT coalesce((w.detail ->> 'retired')::boolean, false) AND NOT w.detail ? 'obsolete_since'
    WHERE s.to_version IS NULL
    UNION ALL
    SELECT 'occupation', x.code, t.text,
           max(CASE WHEN t.language = 'da' THEN 80 ELSE 50 END - CASE WHEN t.place > 0 THEN 10 ELSE 0 END)::smallint
    FROM vocabulary_trade_esco x
    JOIN trade o ON o.code = x.code AND o.obsolete_since IS NULL
    JOIN vocabulary_term t ON t.kind = 'esco-occupation' AND t.code = x.uri
    GROUP BY x.code, t.text
    UNION ALL
    SELECT t.kind, t.code, t.text,
           max(CASE WHEN t.language = 'da' THEN 100 ELSE 70 END - CASE WHEN t.place > 0 THEN 20 ELSE 0 END)::smallint
    FROM vocabulary_term t JOIN vocabulary_concept c ON (c.kind, c.code) = (t.kind, t.code) AND c.obsolete_since IS NULL
    WHERE t.kind IN ('esco-occupation', 'esco-skill')
    GROUP BY t.kind, t.code, t.text;

-- ---------------------------------------------------------------------------------------------------------------
-- Trade words: what builders call it. From the trades themselves; the team edits them.

INSERT INTO vocabulary_synonym (kind, code, text, from_version)
SELECT w.kind, w.code, t.text, 1
FROM (VALUES
    ('occupation', '7112.1', 'murersvend|murermester|facademurer'),
    ('occupation', '7112.99.1', 'brolæggersvend|stenlægger|brolægning|belægningslægger'),
    ('occupation', '7113.1', 'stenhuggersvend'),
    ('occupation', '7114.1', 'betonarbejder|betonmand|betonstøber|betonelementarbejder'),
    ('occupation', '7114.8', 'anlægsstruktørsvend|struktør, anlæg|jord- og betonarbejder, faglært'),
    ('occupation', '7114.9', 'bygningsstruktørsvend|struktør, bygning|betonstruktør'),
    ('occupation', '7115.1', 'tømrersvend|tømrermester|bygningstømrer|snedker- og tømrersvend|formtømrer|forskallingstømrer'),
    ('occupation', '7115.3', 'køkkenopstiller|køkkenmonteur'),
    ('occupation', '7115.9', 'snedkersvend|bygningssnedkersvend|snedker'),
    ('occupation', '7115.99', 'tømrerarbejdsmand|tømrermedhjælper'),
    ('occupation', '7119.1', 'stilladsarbejder|stilladsopstiller|stilladsmand|stilladsbygger'),
    ('occupation', '7119.2', 'nedbryder|nedrivningsarbejder|nedrivningsmand|saneringsarbejder|miljøsanerer'),
    ('occupation', '7119.99', 'elementmontør|betonelementmontør|råhusmontør|montagemand'),
    ('occupation', '7121.1', 'tagpapdækker|tagmand|tækkemand|tagarbejder'),
    ('occupation', '7122.1', 'tæppelægger'),
    ('occupation', '7122.3', 'gulvmontør|gulvmand|parketlægger'),
    ('occupation', '7122.4', 'fliselægger|flisemurer|flisearbejder'),
    ('occupation', '7123.2', 'gipser|stukkatørsvend'),
    ('occupation', '7124.1', 'teknisk isolatør|isolatørsvend|rørisolatør|isoleringsmontør'),
    ('occupation', '7126.11', 'kloakarbejder, faglært|kloaklægger|kloakstruktør|kloakmand'),
    ('occupation', '7126.11.95', 'ledningslægger|fjernvarmemontør|rørmand'),
    ('occupation', '7126.19', 'ventilationsmontør|kanalmontør'),
    ('occupation', '7126.2', 'autoriseret kloakmester|kloakmester'),
    ('occupation', '7126.3', 'gasmontør|gasmester'),
    ('occupation', '7126.51', 'vvs''er|vvs-mand|vvs-energispecialist|rørsmed|vvs og blik|vvs-svend'),
    ('occupation', '7126.52', 'blikkenslagersvend|blik og rør'),
    ('occupation', '7126.8', 'vvs-mester|aut. vvs-installatør'),
    ('occupation', '7126.99', 'vvs-medhjælper|vvs-arbejdsmand'),
    ('occupation', '7127.1', 'køletekniker|klimamontør|kølemontør'),
    ('occupation', '7131.1', 'maler|malersvend|malermester'),
    ('occupation', '7133.3', 'skorstensfejersvend'),
    ('occupation', '7212.3', 'svejser, certificeret|certifikatsvejser|rørsvejser|konstruktionssvejser'),
    ('occupation', '7213.2', 'smed|konstruktionssmed|stålmontør|pladesmed|klejnsmed'),
    ('occupation', '7315.2', 'glarmestersvend|glarmester|glasmontør'),
    ('occupation', '7411.1', 'elektrikersvend|elmontør|el-mand|installationselektriker'),
    ('occupation', '7411.1.1', 'aut. elinstallatør|elmester'),
    ('occupation', '7412.99', 'automatikmontør|elevatormontør'),
    ('occupation', '8341.2', 'gravemaskinefører|gravemester|maskinmand|rendegraverfører|gummigedfører|maskinist|entreprenørmaskinfører'),
    ('occupation', '8342.3', 'anlægsmaskinfører|maskinoperatør, anlæg|dozerfører|borefører|ramfører'),
    ('occupation', '8343.2', 'kranmand|tårnkranfører|mobilkranfører|kranoperatør'),
    ('occupation', '8344.1', 'truckchauffør|gaffeltruckfører|lagertruckfører'),
    ('occupation', '9312.1', 'struktørsvend|anlægsmand'),
    ('occupation', '9312.1.4', 'asfaltarbejder|asfaltudlægger|asfaltmand|asfaltsvend'),
    ('occupation', '9312.97', 'gartnerarbejdsmand|grønarbejder|gartnermedhjælper'),
    ('occupation', '9312.98', 'jord- og betonarbejder|jord & betonarbejder|JB-mand|JB-arbejder|jord og beton|specialarbejder, beton|jernbinder|betonarbejder, ufaglært'),
    ('occupation', '9312.99', 'kloakarbejder|kloakarbejder, ufaglært|ledningsarbejder'),
    ('occupation', '9313.1', 'vejarbejder|vejmand|anlægsarbejder|arbejdsmand, anlæg|banearbejder'),
    ('occupation', '9313.97', 'arbejdsmand|byggepladsarbejder|bygningsarbejder|pladsmand|håndlanger|byggearbejder'),
    ('occupation', '9313.98', 'malerarbejdsmand|malermedhjælper'),
    ('occupation', '9313.99', 'murerarbejdsmand|murerhåndlanger|kalkslager'),
    ('occupation', '6113.6', 'anlægsgartnersvend|gartner, anlæg|brolæggergartner'),
    ('occupation', '3112.9', 'landmåler|opmåler|landmålingsassistent|stikker'),
    ('occupation', '3123.1.30', 'formand|sjakformand|byggeformand|pladsformand|anlægsformand|sjakbajs|entrepriseleder'),

    ('competence', 'formwork', 'forskalling|forskaller|sætte forskalling|træforskalling|bræddeforskalling|formsætning|form'),
    ('competence', 'formwork-system', 'systemform|doka|peri|kassetteforskalling|rammeforskalling|vægform'),
    ('competence', 'formwork-large', 'klatreform|storform|storflade|kranforskalling|klatreforskalling'),
    ('competence', 'reinforcement', 'jernbinding|jernbinder|binde jern|armering|armeringsarbejde|binde armering|jernarbejde|jernbander'),
    ('competence', 'reinforcement-mesh', 'net|rionet|armeringsnet|lægge net'),
    ('competence', 'concrete-pouring', 'støbe beton|betonstøbning|støbning|betonarbejde|udstøbning|støbearbejde|in situ-støbning'),
    ('competence', 'concrete-vibration', 'stavvibrator|vibrere beton|stave beton'),
    ('competence', 'concrete-finishing', 'glitte|glitning|pudse beton af|betonafretning|rette af|kopglitning|slibe beton'),
    ('competence', 'concrete-slab', 'støbe dæk|terrændæk|dækstøbning|betongulv|gulvstøbning|klaplag'),
    ('competence', 'concrete-wall', 'støbe vægge|vægstøbning|søjlestøbning'),
    ('competence', 'concrete-foundation', 'støbe fundament|fundamenter|sokkel|randfundament|punktfundament|fundering'),
    ('competence', 'concrete-slipform', 'glideform|glidestøb'),
    ('competence', 'concrete-pump', 'pumpe beton|pumpemand|betonkanon'),
    ('competence', 'concrete-repair', 'betonrenovering|reparere beton|betonsanering'),
    ('competence', 'concrete-injection', 'injicering|revneinjektion|tætning af revner'),
    ('competence', 'concrete-cutting', 'betonskæring|kerneboring|diamantskæring|betonboring|wireskæring'),
    ('competence', 'concrete-elements', 'elementmontage|betonelementer|montere elementer|råhusmontage|filigrandæk|huldæk|dækelementer'),
    ('competence', 'concrete-joints', 'fugestøb|understopning|udfugning af elementer'),
    ('competence', 'concrete-curing', 'vinterstøb|afdækning af beton|vinterforanstaltning'),
    ('competence', 'concrete-bridge', 'brobygning|støbe bro|broarbejde|brodæk'),
    ('competence', 'concrete-shotcrete', 'sprøjtebeton|sprøjtestøbning|torkret'),
    ('competence', 'concrete-stripping', 'afforme|afforskalle|strippe forskalling'),
    ('competence', 'waterproofing-membrane', 'broisolering|membran|fugtspærre|svejsemembran'),
    ('competence', 'earthworks', 'jordarbejde|gravearbejde|afgravning|udgravning|grave'),
    ('competence', 'excavation-manual', 'håndgravning|skovlarbejde|grave fri|spade'),
    ('competence', 'trench-shoring', 'gravekasse|afstivning|gravekasser|udgravningsafstivning'),
    ('competence', 'backfilling', 'tilfyldning|fylde til|indbygning af sand|opfyldning'),
    ('competence', 'compaction', 'pladevibrator|vibrationsplade|tromle|loppe|hoppe|stampe|stampning'),
    ('competence', 'levelling-instrument', 'nivellere|nivelleringsinstrument|kikkert|koter'),
    ('competence', 'laser-level', 'laser|rotationslaser|rørlaser'),
    ('competence', 'gps-setting-out', 'gps|afsætning|gps-stok|opmåling med gps'),
    ('competence', 'total-station', 'totalstation|landmåling'),
    ('competence', 'sheet-piling', 'spuns|spunsvæg|spunsning|ramme spuns'),
    ('competence', 'pile-driving', 'pæle|ramme pæle|pilotering|rambuk|pælefundering'),
    ('competence', 'groundwater-lowering', 'sugespids|sugespidsanlæg|grundvandssænkning'),
    ('competence', 'soil-sampling', 'jordprøve|forurenet jord'),
    ('competence', 'gabions', 'gabion|støttemur|stenkurve'),
    ('competence', 'dewatering', 'lænse|lænsepumpe|pumpe vand'),
    ('competence', 'sewer-laying', 'kloak|kloakarbejde|lægge kloak|kloakering|kloakrør|lægge rør|hovedkloak'),
    ('competence', 'sewer-manholes', 'brønde|brønd|sætte brønde|brøndsætning'),
    ('competence', 'sewer-house', 'huskloak|stik|stikledning'),
    ('competence', 'sewer-renovation', 'strømpeforing|strømperenovering|kloakrenovering|no-dig'),
    ('competence', 'sewer-tv', 'tv-inspektion|kloak-tv'),
    ('competence', 'drainage', 'dræning|omfangsdræn|drænrør'),
    ('competence', 'rainwater', 'faskine|regnvandsbassin|nedsivning|LAR'),
    ('competence', 'pipe-pressure', 'vandledning|trykledning|vandforsyning'),
    ('competence', 'pipe-welding-pe', 'PE-svejsning|plastsvejsning|elektromuffe|stuksvejsning|spejlsvejsning'),
    ('competence', 'directional-drilling', 'styret underboring|underboring|gennemskydning|skydning'),
    ('competence', 'sewer-pressure-test', 'tæthedsprøve|trykprøvning'),
    ('competence', 'district-heating-laying', 'fjernvarme|fjernvarmerør|lægge fjernvarme|præisolerede rør'),
    ('competence', 'cable-laying', 'kabel|kabelgravning|lægge kabler|fiber|fibergravning|kabelnedlægning'),
    ('competence', 'asphalt-laying', 'asfalt|lægge asfalt|asfaltarbejde|asfaltering|slidlag'),
    ('competence', 'asphalt-hand', 'håndudlægning|asfaltskovl'),
    ('competence', 'asphalt-screed', 'asfaltudlægger|screed|screedmand'),
    ('competence', 'asphalt-rolling', 'asfalttromle|tromlefører'),
    ('competence', 'asphalt-milling', 'fræsning|asfaltfræser'),
    ('competence', 'asphalt-repair', 'lapning|huller i vejen|asfaltlapning'),
    ('competence', 'paving-slabs', 'fliser|lægge fliser|belægning|belægningssten|SF-sten|fliselægning|herregårdssten'),
    ('competence', 'paving-granite', 'brolægning|chaussesten|brosten|granitbelægning'),
    ('competence', 'kerbstones', 'kantsten|sætte kantsten|kantstensætning'),
    ('competence', 'road-base', 'stabilgrus|bundsikring|SG|vejkasse|bærelag'),
    ('competence', 'road-marking', 'vejstriber|afmærkning|termoplast'),
    ('competence', 'road-signs', 'autoværn|vejskilte|skilteopsætning'),
    ('competence', 'traffic-control', 'trafikregulering|afspærring|TMA|vejafspærring'),
    ('competence', 'surface-levelling', 'afretning|afrette grus'),
    ('competence', 'track-laying', 'spor|lægge spor|skinner|skinnelægning|sporarbejde|banearbejde'),
    ('competence', 'light-rail', 'letbane|sporvogn'),
    ('competence', 'track-slab', 'fast spor|sporplade'),
    ('competence', 'track-welding', 'skinnesvejser|termitsvejsning|aluminotermisk svejsning'),
    ('competence', 'track-tamping', 'sporstopper|stopmaskine|sporjustering'),
    ('competence', 'track-ballast', 'skærver|ballast'),
    ('competence', 'track-switches', 'sporskifte'),
    ('competence', 'track-catenary', 'køreledning|kørestrøm|køreledningsmontør'),
    ('competence', 'platforms', 'perron'),
    ('competence', 'carpentry', 'tømrer|tømrerarbejde|træarbejde'),
    ('competence', 'timber-frame', 'træskelet|skelet|træhus'),
    ('competence', 'roof-structure', 'spær|tagkonstruktion|rejse spær|spærrejsning|tagspær'),
    ('competence', 'roof-battens', 'lægter|undertag|lægte tag'),
    ('competence', 'windows-doors', 'vinduer|døre|sætte vinduer i|vinduesmontage|vinduesmontør|dørmontage'),
    ('competence', 'interior-fitting', 'aptering|fodlister|gerigter|listearbejde'),
    ('competence', 'partition-walls', 'gipsvægge|gips|skillevægge|stålskelet|gipsmontage|gipsopsætning'),
    ('competence', 'ceilings', 'nedhængte lofter|loft|lofter|akustiklofter|troldtekt|loftmontage'),
    ('competence', 'facade-cladding', 'facade|facadeplader|træbeklædning|beklædning|facademontage'),
    ('competence', 'kitchen-fitting', 'køkken|køkkenopsætning|køkkenmontage'),
    ('competence', 'stairs', 'trappe|trappemontage'),
    ('competence', 'floor-wood', 'trægulv|parket|gulvlægning|strøgulv'),
    ('competence', 'bricklaying', 'mure|murerarbejde|muring|opmuring|mursten|murværk|teglmur'),
    ('competence', 'brick-facing', 'skalmur|formur|facademur'),
    ('competence', 'masonry-aerated', 'gasbeton|porebeton|leca|lecablokke|H+H|bagmur'),
    ('competence', 'masonry-lintels', 'overligger|teglbjælker|murbinder'),
    ('competence', 'pointing', 'fuge|fugning|mørtelfuge|kradse fuger'),
    ('competence', 'plastering', 'puds|pudse|filtse|filtsning|vandskuring|grovpuds'),
    ('competence', 'tiling-wall', 'klinker på væg|vægfliser|flisearbejde'),
    ('competence', 'tiling-floor', 'gulvklinker|klinkegulv|klinker|gulvfliser'),
    ('competence', 'wet-room', 'vådrum|badeværelse|vådrumsmembran'),
    ('competence', 'roofing-felt', 'tagpap|pap på tag|brænde tagpap|bitumen'),
    ('competence', 'roofing-tile', 'tegltag|tagsten|vingetegl|lægge tagsten'),
    ('competence', 'roofing-slate', 'skifertag|eternit|eternittag|fibercement'),
    ('competence', 'roofing-membrane', 'tagfolie|PVC-tag|TPO'),
    ('competence', 'roofing-metal', 'ståltag|zinktag|metaltag|trapezplader'),
    ('competence', 'gutters', 'tagrende|nedløb|zinkarbejde|inddækninger'),
    ('competence', 'fall-protection', 'faldsikring|sele|faldseler|arbejde i højden'),
    ('competence', 'scaffold-frame', 'stillads|rammestillads|rullestillads|stilladsopstilling'),
    ('competence', 'scaffold-system', 'layher|haki|systemstillads|modulstillads'),
    ('competence', 'scaffold-cover', 'overdækning|telt|inddækning af stillads|totaloverdækning'),
    ('competence', 'demolition', 'nedbrydning|rive ned|nedrivning|nedbrydningsarbejde|stripning'),
    ('competence', 'demolition-selective', 'selektiv nedbrydning|kildesortering|genbrug af byggematerialer'),
    ('competence', 'demolition-machine', 'brokk|nedbrydningsrobot|betonknuser'),
    ('competence', 'asbestos-removal', 'asbest|asbestsanering|asbestnedrivning'),
    ('competence', 'pcb-lead-removal', 'PCB|bly|miljøsanering|PCB-sanering|blysanering'),
    ('competence', 'plumbing', 'vvs|vvs-arbejde|rørarbejde'),
    ('competence', 'heating-installation', 'varme|radiatorer|gulvvarme|varmeanlæg'),
    ('competence', 'heat-pump', 'varmepumpe|jordvarme'),
    ('competence', 'sanitary-installation', 'sanitet|toiletmontage'),
    ('competence', 'ventilation-duct', 'ventilation|ventilationskanaler|spirorør|ventilationsmontage'),
    ('competence', 'sprinkler', 'sprinkler|sprinklermontage|sprinklermontør'),
    ('competence', 'electrical-installation', 'el|elarbejde|el-installation|installationer el'),
    ('competence', 'electrical-boards', 'eltavle|tavlebygning'),
    ('competence', 'electrical-site', 'byggestrøm|byggepladsel'),
    ('competence', 'electrical-data', 'svagstrøm|datakabler|netværkskabler'),
    ('competence', 'solar-panels', 'solcelle|solcelleanlæg|solcellemontage'),
    ('competence', 'pipe-insulation', 'rørisolering|teknisk isolatør|rørskåle'),
    ('competence', 'building-insulation', 'isolering|efterisolering|rockwool|mineraluld|papiruld'),
    ('competence', 'painting-interior', 'maling|male|malerarbejde|indvendig maling'),
    ('competence', 'painting-exterior', 'facademaling|udvendig maling'),
    ('competence', 'filling', 'spartle|spartling|fuldspartling|pladespartling'),
    ('competence', 'wallpapering', 'tapetsering|tapet|filt'),
    ('competence', 'epoxy-coating', 'epoxy|epoxygulv|fugefrit gulv'),
    ('competence', 'steel-coating', 'sandblæsning|rustbehandling|metallisering'),
    ('competence', 'floor-vinyl', 'vinyl|linoleum|vinylgulv'),
    ('competence', 'floor-screed', 'flydespartel|opretning af gulv|gulvafretning'),
    ('competence', 'joint-sealing', 'fugemand|elastisk fuge|fugearbejde|silikonefuge'),
    ('competence', 'steel-erection', 'stål|montere stål|stålkonstruktion|stålspær|stålrejsning'),
    ('competence', 'welding-mma', 'elektrode|MMA|pindsvejsning'),
    ('competence', 'welding-mig-mag', 'CO2-svejsning|MIG|MAG|MIG/MAG|halvautomat'),
    ('competence', 'welding-tig', 'TIG|TIG-svejser'),
    ('competence', 'blacksmithing', 'smed|smedearbejde|klejnsmed'),
    ('competence', 'cutting-torch', 'autogen|skærebrænder|brændskæring|flammeskæring'),
    ('competence', 'excavator-operation', 'gravko|gravemaskine|gummihjulsgraver|bæltegraver|køre gravemaskine|gravemaskinefører'),
    ('competence', 'mini-excavator', 'minigraver|mini|minigravko|lille gravemaskine'),
    ('competence', 'backhoe-loader', 'rendegraver|JCB'),
    ('competence', 'wheel-loader', 'gummiged|gummihjulslæsser|læsser|frontlæsser|minilæsser'),
    ('competence', 'dozer-operation', 'dozer|bulldozer|bæltedozer'),
    ('competence', 'dumper-operation', 'dumper|dumpert|minidumper|knækstyret dumper'),
    ('competence', 'grader-operation', 'grader|vejhøvl'),
    ('competence', 'machine-control', '3D-styring|maskinstyring|2D-styring'),
    ('competence', 'telehandler-operation', 'teleskoplæsser|manitou|rotolæsser|teletruck'),
    ('competence', 'crane-tower-operation', 'tårnkran|køre tårnkran'),
    ('competence', 'crane-mobile-operation', 'mobilkran|lastbilkran|kranbil'),
    ('competence', 'slinging', 'anhugger|anhugning|slynge|stropning|signalmand|kransignaler'),
    ('competence', 'truck-driving', 'lastbil|lastbilchauffør|chauffør|kroghejs'),
    ('competence', 'landscaping', 'anlægsgartner|gartnerarbejde|haveanlæg'),
    ('competence', 'planting', 'plante|plantning|såning|græs'),
    ('competence', 'fencing', 'hegn|byggehegn|hegnsopsætning'),
    ('competence', 'drawing-reading', 'læse tegninger|tegningslæsning|tegningsforståelse'),
    ('competence', 'quality-control', 'KS|kvalitetssikring|egenkontrol'),
    ('competence', 'site-logistics', 'logistik|pladslogistik'),
    ('competence', 'site-setup', 'skurby|pladsindretning|byggepladsindretning'),
    ('competence', 'material-handling', 'bære materialer|materialer|håndlanger|indbæring'),
    ('competence', 'cleaning-site', 'oprydning|rengøring|byggepladsrengøring|affaldssortering|feje'),
    ('competence', 'power-tools', 'håndværktøj|el-værktøj|vinkelsliber|borehammer|mejselhammer'),
    ('competence', 'digital-plans', 'BIM|dalux|tegninger på tablet'),
    ('competence', 'crew-leading', 'sjakbajs|sjakformand|formand|lede sjak'),
    ('competence', 'safety-representative', 'AMR|sikkerhedsrepræsentant'),
    ('competence', 'tool-maintenance', 'smøring af maskiner|vedligehold'),

    ('certificate', 'epoxy-isocyanate', 'epoxykursus|epoxy|epoxybevis|isocyanat|§ 17-kursus|hærdeplast|PU-kursus'),
    ('certificate', 'asphalt-materials', 'asfaltkursus|asfaltbevis'),
    ('certificate', 'asbestos', 'asbestkursus|asbestbevis|asbestcertifikat'),
    ('certificate', 'scaffold', 'stilladskursus|stilladsbevis|stilladscertifikat'),
    ('certificate', 'crane-basic', 'kranbasis|kranbevis|anhugningskursus'),
    ('certificate', 'crane-tower', 'tårnkrancertifikat|tårnkranbevis|krancertifikat A'),
    ('certificate', 'crane-mobile', 'mobilkrancertifikat|lastbilkrancertifikat|krancertifikat|D-certifikat'),
    ('certificate', 'telehandler', 'teleskoplæssercertifikat|manitoubevis|teleskoptruckcertifikat'),
    ('certificate', 'truck-a', 'stablerkort|truckkort A|A-certifikat'),
    ('certificate', 'truck-b', 'truckkort|truckcertifikat|gaffeltruckcertifikat|truckkort B|B-certifikat'),
    ('certificate', 'welding-cutting', '§ 26-kursus|paragraf 26|svejsekursus § 26|§ 26-bevis'),
    ('certificate', 'welding-9606', 'svejsecertifikat|svejsepas|ISO 9606'),
    ('certificate', 'hot-work', 'varmt arbejde|brandbevis|DBI-bevis|tagdækning og varmt arbejde'),
    ('certificate', 'first-aid', 'førstehjælpskursus|førstehjælpsbevis'),
    ('certificate', 'road-works', 'vejen som arbejdsplads|VEJ-EU|vejkursus|vejen som arbejdsplads trin 1'),
    ('certificate', 'rail-safety', 'pas på på banen|banekursus|banepas|SR 1'),
    ('certificate', 'rail-supervisor', 'SR-arbejdsleder|sikkerhedsleder spor'),
    ('certificate', 'cable-joining', 'kabelmontør|delautorisation'),
    ('certificate', 'sewer-master', 'kloakmesterbevis|kloakautorisation|kloakmester'),
    ('certificate', 'personnel-lift', 'liftkursus|liftkort|personløfter'),
    ('certificate', 'wet-room', 'vådrumskursus|vådrumsbevis'),
    ('certificate', 'confined-space', 'kloakkursus|brøndkursus|§ 14-kursus|sikkerhed ved kloakarbejde'),
    ('certificate', 'safety-organisation', 'AMU-uddannelsen arbejdsmiljø|arbejdsmiljøkursus|§ 9-kursus|AMR-kursus'),

    ('licence', 'B', 'kørekort|kørekort til bil|almindeligt kørekort|bilkørekort'),
    ('licence', 'BE', 'trailerkort|trailerkørekort|stor trailer|B/E'),
    ('licence', 'C', 'lastbilkørekort|stort kørekort|kørekort til lastbil'),
    ('licence', 'C1', 'lille lastbil'),
    ('licence', 'CE', 'kærre|hænger|sættevogn|vogntog|C/E'),
    ('licence', 'D', 'buskørekort|stor bus'),
    ('licence', 'TM', 'traktorkort|traktorkørekort|motorredskab')
) AS w (kind, code, texts), LATERAL unnest(string_to_array(w.texts, '|')) AS t (text)
ON CONFLICT DO NOTHING;

-- `related` is to `code`: a system form is a narrower thing than formwork; MIG and TIG are close.
INSERT INTO vocabulary_link (kind, code, related, relation, from_version)
SELECT kind, least(code COLLATE "C", other), greatest(code COLLATE "C", other),
       CASE WHEN code COLLATE "C" < other THEN relation ELSE vocabulary_inverse(relation) END, 1
FROM (VALUES
    ('competence', 'narrower', 'formwork', 'formwork-system formwork-large'),
    ('competence', 'close', 'formwork-system', 'formwork-large'),
    ('competence', 'close', 'formwork', 'concrete-stripping'),
    ('competence', 'narrower', 'reinforcement', 'reinforcement-mesh'),
    ('competence', 'narrower', 'concrete-pouring',
     'concrete-slab concrete-wall concrete-foundation concrete-slipform concrete-bridge track-slab'),
    ('competence', 'close', 'concrete-pouring', 'concrete-vibration'),
    ('competence', 'occupation', 'concrete-pouring', 'concrete-pump concrete-curing concrete-finishing'),
    ('competence', 'close', 'concrete-wall', 'concrete-slipform'),
    ('competence', 'close', 'concrete-finishing', 'floor-screed'),
    ('competence', 'close', 'concrete-slab', 'track-slab'),
    ('competence', 'close', 'concrete-repair', 'concrete-injection concrete-shotcrete'),
    ('competence', 'close', 'concrete-elements', 'concrete-joints'),
    ('competence', 'occupation', 'concrete-elements', 'slinging steel-erection'),
    ('competence', 'occupation', 'reinforcement', 'formwork concrete-pouring'),
    ('competence', 'close', 'waterproofing-membrane', 'roofing-membrane roofing-felt'),
    ('competence', 'narrower', 'earthworks', 'excavation-manual backfilling'),
    ('competence', 'close', 'backfilling', 'compaction'),
    ('competence', 'close', 'compaction', 'asphalt-rolling'),
    ('competence', 'close', 'levelling-instrument', 'laser-level'),
    ('competence', 'close', 'gps-setting-out', 'total-station machine-control'),
    ('competence', 'close', 'sheet-piling', 'pile-driving'),
    ('competence', 'close', 'groundwater-lowering', 'dewatering'),
    ('competence', 'close', 'trench-shoring', 'sheet-piling'),
    ('competence', 'narrower', 'sewer-laying', 'sewer-house'),
    ('competence', 'close', 'sewer-laying', 'sewer-manholes drainage rainwater'),
    ('competence', 'close', 'drainage', 'rainwater'),
    ('competence', 'close', 'sewer-renovation', 'sewer-tv'),
    ('competence', 'close', 'pipe-pressure', 'district-heating-laying'),
    ('competence', 'close', 'pipe-pressure', 'pipe-welding-pe'),
    ('competence', 'occupation', 'sewer-laying', 'excavation-manual trench-shoring laser-level'),
    ('competence', 'close', 'cable-laying', 'track-cable-duct'),
    ('competence', 'occupation', 'cable-laying', 'excavation-manual'),
    ('competence', 'narrower', 'asphalt-laying', 'asphalt-hand asphalt-screed asphalt-repair'),
    ('competence', 'occupation', 'asphalt-laying', 'asphalt-rolling'),
    ('competence', 'close', 'paving-slabs', 'paving-granite kerbstones'),
    ('competence', 'close', 'paving-granite', 'kerbstones'),
    ('competence', 'close', 'road-base', 'surface-levelling'),
    ('competence', 'close', 'road-marking', 'road-signs'),
    ('competence', 'narrower', 'light-rail', 'track-slab'),
    ('competence', 'close', 'light-rail', 'track-laying'),
    ('competence', 'narrower', 'track-laying', 'track-ballast track-switches'),
    ('competence', 'close', 'track-tamping', 'track-ballast'),
    ('competence', 'occupation', 'track-welding', 'welding-mma cutting-torch'),
    ('competence', 'occupation', 'platforms', 'kerbstones paving-slabs'),
    ('competence', 'narrower', 'carpentry',
     'timber-frame roof-structure roof-battens interior-fitting stairs floor-wood timber-repair'),
    ('competence', 'close', 'roof-structure', 'roof-battens timber-frame'),
    ('competence', 'close', 'partition-walls', 'ceilings'),
    ('competence', 'close', 'interior-fitting', 'kitchen-fitting windows-doors'),
    ('competence', 'occupation', 'formwork', 'carpentry'),
    ('competence', 'close', 'facade-cladding', 'roofing-metal'),
    ('competence', 'narrower', 'bricklaying', 'brick-facing masonry-aerated masonry-lintels'),
    ('competence', 'close', 'pointing', 'masonry-repair'),
    ('competence', 'close', 'plastering', 'facade-insulation filling'),
    ('competence', 'close', 'tiling-wall', 'tiling-floor'),
    ('competence', 'close', 'wet-room', 'tiling-wall'),
    ('competence', 'close', 'roofing-felt', 'roofing-membrane'),
    ('competence', 'close', 'roofing-tile', 'roofing-slate'),
    ('competence', 'close', 'roofing-metal', 'gutters'),
    ('competence', 'close', 'scaffold-frame', 'scaffold-system'),
    ('competence', 'narrower', 'demolition', 'demolition-selective demolition-machine'),
    ('competence', 'close', 'asbestos-removal', 'pcb-lead-removal'),
    ('competence', 'close', 'concrete-cutting', 'demolition'),
    ('competence', 'narrower', 'plumbing', 'heating-installation sanitary-installation heat-pump district-heating-unit'),
    ('competence', 'close', 'heating-installation', 'heat-pump district-heating-unit sprinkler'),
    ('competence', 'narrower', 'electrical-installation', 'electrical-boards electrical-site electrical-data solar-panels'),
    ('competence', 'close', 'pipe-insulation', 'building-insulation'),
    ('competence', 'close', 'painting-interior', 'painting-exterior spray-painting wallpapering filling'),
    ('competence', 'close', 'spray-painting', 'steel-coating'),
    ('competence', 'close', 'floor-vinyl', 'floor-carpet'),
    ('competence', 'close', 'glazing', 'windows-doors'),
    ('competence', 'close', 'joint-sealing', 'pointing'),
    ('competence', 'close', 'welding-mma', 'welding-mig-mag welding-tig'),
    ('competence', 'close', 'welding-mig-mag', 'welding-tig'),
    ('competence', 'occupation', 'blacksmithing', 'welding-mma welding-mig-mag cutting-torch steel-erection'),
    ('competence', 'close', 'excavator-operation', 'mini-excavator backhoe-loader'),
    ('competence', 'close', 'mini-excavator', 'backhoe-loader'),
    ('competence', 'close', 'wheel-loader', 'backhoe-loader telehandler-operation'),
    ('competence', 'close', 'dozer-operation', 'grader-operation'),
    ('competence', 'occupation', 'demolition-machine', 'excavator-operation'),
    ('competence', 'close', 'crane-tower-operation', 'crane-mobile-operation'),
    ('competence', 'occupation', 'crane-tower-operation', 'slinging'),
    ('competence', 'occupation', 'crane-mobile-operation', 'slinging'),
    ('competence', 'close', 'landscaping', 'planting'),
    ('competence', 'occupation', 'landscaping', 'paving-slabs fencing'),
    ('competence', 'close', 'site-logistics', 'material-handling'),
    ('competence', 'close', 'site-setup', 'site-logistics'),
    ('competence', 'close', 'drawing-reading', 'digital-plans tender-documents'),

    -- Kranbasis is the first part of both the others.
    ('certificate', 'narrower', 'crane-basic', 'crane-tower crane-mobile'),
    ('certificate', 'close', 'truck-a', 'truck-b'),
    ('certificate', 'narrower', 'asbestos', 'asbestos-responsible'),
    ('certificate', 'narrower', 'rail-safety', 'rail-supervisor'),

    ('occupation', 'close', '9312.98', '9312.1 7114.1 7114.8 7114.9 9313.1 9313.97'),
    ('occupation', 'close', '9312.1', '7114.8 7114.9 9313.1'),
    ('occupation', 'close', '9312.99', '7126.11 7126.11.95'),
    ('occupation', 'close', '9313.1', '9312.1.4 9312.99'),
    ('occupation', 'close', '7112.99.1', '6113.6 9312.1'),
    ('occupation', 'close', '7112.1', '9313.99 7122.4 7123.2'),
    ('occupation', 'close', '7122.3', '7115.1 7122.4'),
    ('occupation', 'close', '7131.1', '9313.98'),
    ('occupation', 'close', '9312.97', '6113.6'),
    ('occupation', 'close', '8341.2', '8342.3'),
    ('occupation', 'close', '7212.3', '7213.2 7126.11.95'),
    ('occupation', 'close', '7126.19', '7127.1'),
    ('occupation', 'close', '7121.1', '7126.52 7115.1'),
    ('occupation', 'close', '7119.99', '7114.9 7213.2'),
    ('occupation', 'close', '7119.2', '9313.97'),
    ('occupation', 'close', '7411.1', '7412.99')
) AS l (kind, relation, code, others), LATERAL unnest(string_to_array(l.others, ' ')) AS o (other)
ON CONFLICT DO NOTHING;

-- The shipped trades are the beginning of the STAR list.
INSERT INTO vocabulary_concept (kind, code, notation) SELECT 'trade', code, disco4 FROM trade;
INSERT INTO vocabulary_term (source, kind, code, place, language, text)
SELECT 'star-trades', 'trade', code, 0, 'da', title_da FROM trade;

DO $$
BEGIN
    IF EXISTS (SELECT FROM vocabulary_synonym s WHERE NOT EXISTS (SELECT FROM reference_code r WHERE (r.kind, r.code) = (s.kind, s.code)))
       OR EXISTS (SELECT FROM vocabulary_linked l WHERE NOT EXISTS (SELECT FROM reference_code r WHERE (r.kind, r.code) = (l.kind, l.code))) THEN
        RAISE EXCEPTION 'a trade word or relation names a code that is not there';
    END IF;
    PERFORM vocabulary_settle(1);
END $$;

GRANT SELECT ON vocabulary_version, vocabulary_word TO emnebank_front, emnebank_match;
GRANT SELECT ON vocabulary_relation TO emnebank_match;
GRANT SELECT ON vocabulary_synonym, vocabulary_link, vocabulary_change, vocabulary_concept, vocabulary_labels TO emnebank_front;
GRANT EXECUTE ON FUNCTION vocabulary_current() TO emnebank_front, emnebank_match;
GRANT EXECUTE ON FUNCTION vocabulary_words(bigint), vocabulary_relations(bigint) TO emnebank_match;
GRANT EXECUTE ON FUNCTION vocabulary_certificates(bigint) TO emnebank_front;
RESET ROLE;
