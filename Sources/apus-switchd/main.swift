import Glibc
import SwitchDaemon

exit(SwitchProgram.run(Array(CommandLine.arguments.dropFirst())))
