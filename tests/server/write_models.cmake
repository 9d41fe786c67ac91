# cmake -DPROGRAM=... -DFOLDER=... -P write_models.cmake: the folder, with what PROGRAM writes to it.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
execute_process(COMMAND ${PROGRAM} ${FOLDER} COMMAND_ERROR_IS_FATAL ANY)
