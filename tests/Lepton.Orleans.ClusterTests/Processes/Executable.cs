namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>Finds servers through the PATH, as a shell would.</summary>
internal static class Executable
{
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>The path of a server, or a skipped test that says which one is missing.</summary>
    public static string FindOrSkip(string name)
    {
        var path = Find(name);
        Assert.SkipWhen(path is null, $"{name} is not on the PATH");
        return path!;
    }
}
