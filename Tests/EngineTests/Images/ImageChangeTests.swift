import LinuxSystem
import OCISpec
import Testing

@testable import Engine

/// `--change` takes Dockerfile instructions as Docker does.
@Suite struct ImageChangeTests {
    private func applied(_ lines: String..., to start: ExecutionParameters = ExecutionParameters()) throws -> ExecutionParameters {
        var config = start
        try ImageChange.apply(lines.map { line throws(ApusError) in try ImageChange(line) }, to: &config)
        return config
    }

    @Test func commands() throws {
        var start = ExecutionParameters()
        start.cmd = ["old"]
        #expect(try applied(#"CMD ["a", "b c"]"#).cmd == ["a", "b c"])
        #expect(try applied("cmd echo  $HOME").cmd == ["/bin/sh", "-c", "echo  $HOME"])
        #expect(try applied(#"ENTRYPOINT ["e"]"#, to: start).cmd == nil)
        #expect(try applied(#"CMD ["new"]"#, #"ENTRYPOINT ["e"]"#, to: start).cmd == ["new"])
        start.shell = ["/bin/bash", "-c"]
        #expect(try applied("CMD x y", to: start).cmd == ["/bin/bash", "-c", "x y"])
    }

    @Test func environmentAndLabels() throws {
        var start = ExecutionParameters()
        start.env = ["PATH=/bin", "KEEP=1"]
        #expect(try applied("ENV PATH=$PATH:/x A=\"b c\" D='$PATH' E=e\\ f", to: start).env == ["KEEP=1", "PATH=/bin:/x", "A=b c", "D=$PATH", "E=e f"])
        #expect(try applied("ENV WORD the rest of  it", to: start).env == ["PATH=/bin", "KEEP=1", "WORD=the rest of  it"])
        #expect(try applied("ENV X=${KEEP:-no}${GONE:-yes}${KEEP:+set}${GONE:+set}", to: start).env?.last == "X=1yesset")
        #expect(try applied("LABEL a=b \"c d\"=\"e=f\"").labels == ["a": "b", "c d": "e=f"])
    }

    @Test func theRest() throws {
        #expect(try applied("EXPOSE 80 53/udp 8000-8002/TCP").exposedPorts == ["53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"])
        #expect(try applied("VOLUME /a /b", "VOLUME [\"/c d\"]").volumes == ["/a", "/b", "/c d"])
        #expect(try applied("WORKDIR /a/b", "WORKDIR ../c/./d").workingDir == "/a/c/d")
        #expect(try applied("USER 1:2").user == "1:2")
        #expect(try applied("STOPSIGNAL SIGUSR1").stopSignal == "SIGUSR1")
        #expect(try applied("ONBUILD RUN x", "ONBUILD COPY . /").onBuild == ["RUN x", "COPY . /"])
        var check = ExecutionParameters.Healthcheck(test: ["CMD-SHELL", "curl -f x || exit 1"])
        (check.interval, check.timeout, check.retries) = (90_000_000_000, 1_500_000_000, 3)
        #expect(try applied("HEALTHCHECK --interval=1m30s --timeout=1500ms --retries=3 CMD curl -f x || exit 1").healthcheck == check)
        #expect(try applied("HEALTHCHECK NONE").healthcheck?.test == ["NONE"])
        #expect(try applied(#"HEALTHCHECK CMD ["a"]"#).healthcheck?.test == ["CMD", "a"])
    }

    @Test(arguments: [
        (
            "RUN x",
            "\"RUN\" is no instruction that --change takes; known are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR"
        ),
        ("ENV", "ENV requires at least one argument (--change)"), ("ENV A", "ENV A: it needs a value (--change)"),
        ("ENV A=1 B", "ENV A=1 B: \"B\" is not of the form name=value (--change)"), ("EXPOSE 70000", "EXPOSE 70000: invalid containerPort: 70000 (--change)"),
        ("EXPOSE 1/icmp", "EXPOSE 1/icmp: invalid containerPort: 1/icmp (--change)"), ("VOLUME []", "VOLUME []: a volume's path is empty (--change)"),
        ("ONBUILD FROM x", "ONBUILD FROM x: FROM isn't allowed as an ONBUILD trigger (--change)"),
        ("HEALTHCHECK RUN x", "HEALTHCHECK RUN x: unknown type \"RUN\": it is CMD or NONE (--change)"),
        ("HEALTHCHECK --interval=5 CMD x", "HEALTHCHECK --interval=5 CMD x: --interval=5 is no time span (--change); write it as 1m30s or 500ms"),
        ("LABEL a=\"b", "LABEL a=\"b: unexpected end of statement while looking for matching \" (--change)"),
        ("USER ${A:=b}", "USER ${A:=b}: unsupported modifier in ${A:=b} (--change)"),
    ]) func refusals(line: String, sentence: String) {
        #expect(throws: ApusError.self) { try ImageChange(line) }
        do { _ = try ImageChange(line) } catch { #expect(error.description == sentence) }
    }
}
