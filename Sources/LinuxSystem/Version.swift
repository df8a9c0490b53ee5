/// The version of Apus.
public enum ApusVersion {
    /// As `apus version` and the manual pages say it.
    public static let number = "0.1.0"
    /// The newest OCI Runtime Specification that containers are made by.
    public static let runtimeSpecification = "1.3.0"
}
