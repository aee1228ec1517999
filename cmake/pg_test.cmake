# emnebank_pg_test(NAME SOURCES ... LINKS ... [LABELS ...] [ARGS ...]): as emnebank_test, with the private PostgreSQL
# cluster of tests/support running; the program calls pg_cluster_database for a fresh database.
function(emnebank_pg_test name)
    cmake_parse_arguments(TEST "" "" "SOURCES;LINKS;LABELS;ARGS" ${ARGN})
    emnebank_test(${name} SOURCES ${TEST_SOURCES} LINKS ${TEST_LINKS} tests_pg_cluster
        LABELS pg ${TEST_LABELS} ARGS ${TEST_ARGS})
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED pg)
endfunction()
