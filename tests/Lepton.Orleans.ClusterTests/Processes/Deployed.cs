using System.Reflection;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>What operators get beside the service.</summary>
internal static class Deployed
{
    private static readonly string Folder = typeof(Deployed).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "Deploy").Value!;

    /// <summary>A file of the folder <c>deploy</c>.</summary>
    public static string File(params string[] path) => Path.GetFullPath(Path.Combine([Folder, .. path]));
}
