/// Where a container is in its life (runtime.md, "State"; `paused` is an addition of every runtime).
public enum ContainerStatus: String, Sendable, Equatable {
    case creating, created, running, paused, stopped
}
