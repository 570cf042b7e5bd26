namespace Lepton.Orleans.Deploy.Tests.Settings;

/// <summary>
/// Settings that manifests name and this release refuses. One that is accepted has to leave this list (a test sees to it),
/// and is then held against the code like every other.
/// </summary>
internal static class PendingSettings
{
    public static readonly string[] Keys = ["Lepton:Roles"];
}
