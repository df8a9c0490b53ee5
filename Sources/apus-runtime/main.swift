import Glibc
import RuntimeCommands

exit(RuntimeProgram.run(Array(CommandLine.arguments.dropFirst())))
