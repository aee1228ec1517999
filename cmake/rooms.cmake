# emnebank_room(NAME SOURCES ... LINKS ...): a folder is a static library that links only downwards.
function(emnebank_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
    add_library(${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(${name} PUBLIC ${ROOM_LINKS})
endfunction()

# emnebank_test(NAME SOURCES ... LINKS ... [LABELS ...] [ARGS ...]): one cmocka program, one ctest.
function(emnebank_test name)
    cmake_parse_arguments(TEST "" "" "SOURCES;LINKS;LABELS;ARGS" ${ARGN})
    add_executable(${name} ${TEST_SOURCES})
    target_link_libraries(${name} PRIVATE ${TEST_LINKS} PkgConfig::CMOCKA)
    add_test(NAME ${name} COMMAND ${name} ${TEST_ARGS})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900)
    if(TEST_LABELS)
        set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}")
    endif()
endfunction()

# emnebank_fuzz(NAME SOURCES ... LINKS ...): a libFuzzer target in the fuzz preset; elsewhere a test that
# replays the seed corpus tests/fuzz/corpus/NAME through the same entry point.
function(emnebank_fuzz name)
    cmake_parse_arguments(FUZZ "" "" "SOURCES;LINKS" ${ARGN})
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    if(EMNEBANK_SANITIZE STREQUAL "fuzz")
        add_executable(${name} ${FUZZ_SOURCES})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        # The first folder takes what libFuzzer finds: not the source tree's.
        file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/corpus/${name})
        add_test(NAME ${name} COMMAND ${name} -max_total_time=20 -max_len=65536
                 ${CMAKE_BINARY_DIR}/corpus/${name} ${corpus})
    else()
        add_executable(${name} ${FUZZ_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
        add_test(NAME ${name} COMMAND ${name} ${corpus})
    endif()
    target_link_libraries(${name} PRIVATE ${FUZZ_LINKS})
    set_tests_properties(${name} PROPERTIES LABELS fuzz)
endfunction()

# emnebank_sql(ROOM): every sql/statements/ROOM/NAME.sql becomes `const struct sql_statement ROOM_sql_NAME`,
# declared in the generated header "sql/ROOM_sql.h". Link the target sql_ROOM.
function(emnebank_sql room)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/statements/${room}/*.sql)
    set(out ${CMAKE_BINARY_DIR}/generated/sql)
    add_custom_command(
        OUTPUT ${out}/${room}_sql.c ${out}/${room}_sql.h
        COMMAND ${CMAKE_COMMAND} -DROOM=${room} "-DFILES=${files}" -DOUT=${out}
                -P ${CMAKE_SOURCE_DIR}/cmake/embed_sql.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_sql.cmake VERBATIM)
    add_library(sql_${room} STATIC ${out}/${room}_sql.c ${out}/${room}_sql.h)
    target_include_directories(sql_${room} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
