using Lepton.Orleans.Deploy.Tests.Files;

namespace Lepton.Orleans.Deploy.Tests.Scripts;

/// <summary>A folder with a copy of one of our scripts, and with programs that stand in front of those that it would call.</summary>
internal sealed class ScriptFolder : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lepton-script-");
    private readonly string _script;

    /// <summary>Copies it to where it lies in the repository.</summary>
    public ScriptFolder(string script)
    {
        _script = script;
        var copy = System.IO.Path.Combine(Path, script);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
        File.Copy(Repository.PathOf(script), copy);
    }

    public string Path => _folder.FullName;

    /// <summary>Where programs are that are found before those of the machine; outside of what scripts look at.</summary>
    public string Programs => _folder.CreateSubdirectory(".programs").FullName;

    /// <summary>Puts a shell script in front of a program.</summary>
    public void Put(string program, string script)
    {
        var file = System.IO.Path.Combine(Programs, program);
        File.WriteAllText(file, $"#!/usr/bin/env bash\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, Executable);
        }
    }

    public string Read(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));

    public void Write(string file, string text) => File.WriteAllText(System.IO.Path.Combine(Path, file), text);

    /// <summary>Runs the script to its end.</summary>
    public async Task<(int Code, string Said)> RunAsync(params IReadOnlyList<string> arguments)
    {
        var path = $"{Programs}:{Environment.GetEnvironmentVariable("PATH")}";
        var (code, output, errors) = await Command.EndAsync(
            "bash", [_script, .. arguments], Path, new Dictionary<string, string> { ["PATH"] = path }, TestContext.Current.CancellationToken);
        return (code, output + errors);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
