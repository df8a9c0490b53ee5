import CommandLine
import Testing

@Suite("Help in Docker's layout") struct HelpTests {
    func help(_ words: String...) throws -> String {
        guard case .help(let command, let path) = try Sample.tree.parse(["help"] + words) else { return "" }
        return HelpRenderer(command, path: path).text
    }

    @Test("A command with flags") func command() throws {
        #expect(
            try help("run") == """
                Usage:  apus run [OPTIONS] IMAGE [COMMAND] [ARG...]

                Create and run a new container from an image

                The image may be a tarball.

                Options:
                  -c, --cpu-shares int     CPU shares (relative weight)
                  -d, --detach             Run in background
                  -e, --env list           Set environment variables
                      --explain[=string]   Print the launch plan
                  -i, --interactive        Keep STDIN open
                  -m, --memory bytes       Memory limit
                      --name string        Assign a name to the container
                      --network string     Connect to a network (default "none")
                  -p, --publish list       Publish a port
                      --rm                 Remove the container when it exits
                  -t, --tty                Allocate a pseudo-TTY

                """)
    }

    @Test("A command below another name, and texts of two lines") func aliases() throws {
        #expect(
            try help("container", "ls") == """
                Usage:  apus container ls [OPTIONS]

                List containers

                Aliases:
                  apus container ls, apus container list, apus container ps

                Options:
                  -a, --all             Show all containers (default shows just running)
                  -f, --filter filter   Filter output
                                        by conditions
                  -n, --last int        Show n last created containers (default -1)

                """)
    }

    @Test("The root, with sections") func root() throws {
        #expect(
            try help() == """
                Usage:  apus [OPTIONS] COMMAND

                Run containers

                Common Commands:
                  run         Create and run a new container from an image

                Management Commands:
                  container   Manage containers

                Commands:
                  ps          List containers
                  rename      Rename a container
                  stop        Stop containers
                  load        Load an image

                Global Options:
                  -D, --debug            Enable debug mode
                      --root directory   Where state is kept

                Run 'apus COMMAND --help' for more information on a command.

                """)
    }

    @Test("The sample tree is sound, and problems are found") func problems() {
        #expect(Sample.tree.problems() == [])
        let bad = Command(
            "bad", abstract: "Ends.",
            flags: [Sample.all, Flag.string("all", short: "a", help: "")],
            subcommands: [
                Command(
                    "x", aliases: ["y"], abstract: "X",
                    flags: [Sample.all]), Command("y", abstract: "Y") { _ in 0 },
            ])
        #expect(
            bad.problems() == [
                "bad: the abstract ends with a stop", "bad: --all has no help", "bad: --all is declared twice", "bad: -a is declared twice",
                "bad x: neither an action nor subcommands", "bad x: --all is declared twice", "bad x: --all is declared twice", "bad y: declared twice",
            ])
    }
}
