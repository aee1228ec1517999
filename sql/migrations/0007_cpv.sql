-- Which building trades a CPV code (Regulation (EC) 213/2008) suggests: our own rules, the longest prefix counts, the
-- likeliest trade first. A suggestion for a person who knows the project, never more. Codes outside building and civil
-- works have no rule: unknown stays unknown.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

INSERT INTO cpv_trade (prefix, place, trade_code)
SELECT r.prefix, t.place::int, t.code
FROM (VALUES
    -- 45: building and civil works as a whole
    ('45', '9313.97 9312.98'),
    ('451', '8341.2 9312.98 8342.3'),                       -- site preparation
    ('45110', '7119.2 8341.2 9312.98'),                     -- demolition and earth
    ('45111', '7119.2 8341.2 9312.98'),
    ('45112', '8341.2 8342.3 9312.98 9313.1'),              -- excavation and earth moving
    ('451127', '6113.6 8341.2 9312.97'),                    -- landscaping
    ('45113', '9313.97 9312.98'),                           -- siteworks
    ('45120', '8342.3 9312.98'),                            -- test drilling
    ('452', '7114.9 7114.8 9312.98'),
    ('4521', '7112.1 7115.1 7114.9 9313.97'),               -- buildings
    ('452132', '7114.9 7213.2 7121.1'),                     -- halls and stores
    ('4522', '7114.8 7114.9 9312.98 8343.2'),               -- structures: bridges, tunnels, shafts
    ('45223', '7114.9 9312.98 7213.2'),                     -- assembly and structural works
    ('4522382', '7119.99 8343.2 7114.9'),                   -- prefabricated units
    ('4523', '9312.1 8341.2 9313.1'),
    ('45231', '7126.11 8341.2 9312.99'),                    -- pipelines and cables
    ('452312', '7126.11.95 7212.3 8341.2'),                 -- oil and gas pipelines
    ('452313', '7126.11 7126.2 9312.99 8341.2'),            -- water and sewage pipelines
    ('452314', '7411.1 8341.2 9313.1'),                     -- power lines
    ('45232', '7126.11 7126.2 9312.99 8341.2'),             -- ancillary works for pipes and cables
    ('4523214', '7126.11.95 7126.51 7212.3 8341.2'),        -- district heating
    ('4523233', '7411.1 9313.1'),                           -- telecommunication lines
    ('4523245', '7126.11 8341.2 9312.98'),                  -- drainage
    ('45233', '9312.1 9312.1.4 7112.99.1 8341.2 9313.1'),   -- roads
    ('4523322', '9312.1.4 8342.3 9313.1'),                  -- road surface
    ('4523325', '9312.1.4 7112.99.1 9313.1'),               -- surfacing
    ('4523326', '7112.99.1 9312.1 9313.1'),                 -- pedestrian ways
    ('45234', '7114.8 9312.1 9312.98 8341.2'),              -- railways and trams
    ('452341', '7114.8 9312.1 9312.98 9313.1 8341.2'),      -- railway and tramway construction
    ('4523411', '7114.8 9312.1 9312.98 8341.2 7411.1'),     -- intercity and urban railway
    ('4523412', '9312.1 7114.8 9312.98 8341.2 7112.99.1'),  -- urban railway, tramway
    ('45236', '7112.99.1 6113.6 9312.97'),                  -- sports grounds, flat work
    ('4524', '7114.8 9312.98 8342.3 8343.2'),               -- ports, dams, coast
    ('4525', '7213.2 7212.3 7114.8'),                       -- plants
    ('45252', '7114.8 7126.11 7213.2'),                     -- sewage and purification plants
    ('45261', '7121.1 7115.1 7126.52'),                     -- roofs
    ('45262', '7114.9 9312.98 7112.1'),                     -- special trades
    ('4526210', '7119.1'),                                  -- scaffolding
    ('4526221', '8342.3 9312.98'),                          -- foundation and pile driving
    ('452623', '7114.9 7114.1 9312.98'),                    -- concrete work
    ('452624', '7213.2 7119.99 8343.2'),                    -- structural steel
    ('452625', '7112.1 9313.99'),                           -- masonry
    ('4526266', '7119.2'),                                  -- asbestos removal
    ('45310', '7411.1 7411.1.1'),                           -- electrical
    ('4531', '7411.1'),
    ('45313', '7412.99 7213.2'),                            -- lifts
    ('4532', '7124.1'),                                     -- insulation
    ('45330', '7126.51 7126.8 7126.52 7126.99'),            -- plumbing and sanitary
    ('45331', '7126.51 7126.19 7127.1'),                    -- heating, ventilation, air conditioning
    ('4533121', '7126.19 7127.1'),                          -- ventilation
    ('45332', '7126.51 7126.11'),                           -- water and drains
    ('45333', '7126.3 7126.51'),                            -- gas
    ('45340', '7115.99 6113.6 9313.97'),                    -- fences and railings
    ('45343', '7126.51'),                                   -- fire protection
    ('45350', '7213.2 7412.99'),                            -- mechanical
    ('4541', '7123.2 7112.1'),                              -- plastering
    ('4542', '7115.1 7115.9'),                              -- joinery and carpentry
    ('454215', '7115.3 7115.9'),                            -- built-in furniture
    ('45422', '7115.1'),                                    -- carpentry
    ('4543', '7122.3 7122.4'),                              -- floors and walls
    ('45431', '7122.4 7112.1'),                             -- tiles
    ('45432', '7122.3 7122.1'),                             -- floor laying
    ('4544', '7131.1 7315.2'),                              -- painting and glazing
    ('45441', '7315.2'),                                    -- glazing
    ('45442', '7131.1 9313.98'),                            -- painting
    ('45443', '7112.1 7119.1'),                             -- facades
    ('4545', '7112.1 7115.1 9313.97'),                      -- completion and repair
    ('45452', '9313.97 7119.1'),                            -- cleaning of facades
    ('455', '8341.2 8342.3 8343.2'),                        -- hire of machines with operator
    ('4551', '8343.2'),                                     -- cranes
    ('4552', '8341.2 8342.3'),                              -- earth moving
    -- outside 45
    ('44114', '7114.1'),                                    -- concrete
    ('50225', '7114.8 9312.98 8341.2'),                     -- railway track maintenance
    ('5023', '9312.1.4 9313.1'),                            -- road maintenance
    ('7135', '3112.9'),                                     -- surveying
    ('7731', '6113.6 9312.97'),                             -- planting and upkeep of green areas
    ('9047', '7126.11 9312.99'),                            -- sewer cleaning
    ('9061', '9312.97 9313.1'),                             -- street cleaning
    ('9062', '8341.2 9313.1'),                              -- snow clearing
    ('9065', '7119.2')                                      -- asbestos removal services
) AS r (prefix, codes),
LATERAL regexp_split_to_table(r.codes, ' ') WITH ORDINALITY AS t (code, place);

RESET ROLE;
