import CommandLine
import LinuxSystem
import Testing

@testable import Commands
@testable import Engine

private let now = Timestamp(seconds: 1_800_000_000)

private func moment(_ secondsAgo: Int) -> String { Timestamp(seconds: now.seconds - secondsAgo).description }

/// A container that was created an hour and a half ago.
private func record(_ change: (inout ContainerSettings) -> Void = { _ in }) -> ContainerRecord {
    var settings = ContainerSettings()
    settings.command = ["sh", "-c", "while true; do date; done"]
    change(&settings)
    var record = ContainerRecord(name: "web", imageName: "busybox", imageID: "ab", layers: [], settings: settings)
    record.id = String(repeating: "0123456789abcdef", count: 4)
    record.created = moment(5400)
    return record
}

private func view(_ status: ContainerStatus, startedAgo: Int? = nil, exit: ExitRecord? = nil) -> ContainerView {
    ContainerView(record: record(), state: ContainerState(status: status, run: nil, exit: exit), startedAt: startedAgo.map(moment))
}

private func ended(_ code: Int32, ago: Int) -> ExitRecord { ExitRecord(exitCode: code, finishedAt: moment(ago)) }

@Suite("Rows of ps") struct ContainerRowTests {
    @Test("The status says what and since when") func status() {
        func status(_ view: ContainerView) -> String { ContainerRow.status(view, now: now) }
        #expect(status(view(.created)) == "Created")
        #expect(status(view(.running, startedAgo: 3)) == "Up 3 seconds")
        #expect(status(view(.running, startedAgo: 0)) == "Up Less than a second")
        #expect(status(view(.running, startedAgo: 75)) == "Up About a minute")
        #expect(status(view(.paused, startedAgo: 130)) == "Up 2 minutes (Paused)")
        #expect(status(view(.exited, exit: ended(137, ago: 5))) == "Exited (137) 5 seconds ago")
        #expect(status(view(.exited, exit: ended(0, ago: 86400 * 3))) == "Exited (0) 3 days ago")
        // The monitor was lost: nobody knows when.
        #expect(status(view(.exited, exit: ExitRecord(exitCode: 137, finishedAt: "0001-01-01T00:00:00Z"))) == "Exited (137)")
        #expect(status(view(.exited, exit: ExitRecord(exitCode: 1, finishedAt: "nonsense"))) == "Exited (1)")
    }

    @Test("The default table") func table() throws {
        let rows = [view(.running, startedAgo: 61), view(.exited, exit: ended(1, ago: 61))].map { ContainerRow.value($0, now: now) }
        #expect(
            try ContainerRow.listing.text(rows)
                == """
                CONTAINER ID   IMAGE     COMMAND                  CREATED       STATUS                          PORTS     NAMES
                0123456789ab   busybox   "sh -c while true; d…"   2 hours ago   Up About a minute                         web
                0123456789ab   busybox   "sh -c while true; d…"   2 hours ago   Exited (1) About a minute ago             web

                """)
        #expect(try ContainerRow.listing.text(rows, noTrunc: true, quiet: true).hasPrefix(record().id + "\n"))
        #expect(try ContainerRow.listing.text([], noTrunc: true) == "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n")
    }

    @Test("Sizes stand in a column of their own") func sizes() throws {
        #expect(ContainerRow.listingWithSize.columns.last?.header == "SIZE" && !ContainerRow.listingWithSize.others.contains { $0.field == "Size" })
        #expect(ContainerRow.text(ContainerSize(writable: 0, total: 0)) == "0B")
        #expect(ContainerRow.text(ContainerSize(writable: 12, total: 4_261_512)) == "12B (virtual 4.26MB)")
    }

    @Test("Every field of Docker's rows") func fields() throws {
        let labelled = record {
            $0.labels = ["b": "2", "a": "1"]
            $0.network = "host"
            $0.mounts = [
                MountSetting(.bind, source: "/srv/a/long/path", target: "/x"), MountSetting(.volume, source: "data", target: "/y"),
                MountSetting(.tmpfs, source: "", target: "/z"),
            ]
        }
        let view = ContainerView(record: labelled, state: ContainerState(status: .created, run: nil, exit: nil))
        let row = ContainerRow.value(view, now: now)
        #expect(
            try ContainerRow.listing.text([row], format: #"{{.Labels}} {{.Label "a"}} {{.Networks}} {{.Mounts}} {{.LocalVolumes}}"#)
                == "a=1,b=2 1 host /srv/a/long/pa…,data 1\n")
        let names = [
            "Command", "CreatedAt", "ID", "Image", "Labels", "LocalVolumes", "Mounts", "Names", "Networks", "Ports", "RunningFor", "Size", "State", "Status",
        ]
        guard case .object(let object) = row else { throw ApusError(.system, "no object") }
        #expect(object.fields.filter { !$0.isMethod }.map(\.name) == names)
        guard case .object(let long) = ContainerRow.value(view, now: now, noTrunc: true) else { throw ApusError(.system, "no object") }
        #expect(long["Mounts"] == "/srv/a/long/path,data")
    }
}
