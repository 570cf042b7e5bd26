using System.Diagnostics;

namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>A program that is run to its end in the repository's folder.</summary>
internal static class Command
{
    // What a script says where a program that it needs is not installed.
    private const int Cannot = 77;

    private static readonly Dictionary<string, string> NothingSet = [];

    /// <summary>Runs it; skips the test where it says that it cannot check.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string file, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var (code, said, errors) = await EndAsync(file, arguments, Repository.Root, NothingSet, cancellationToken);
        Assert.SkipWhen(code == Cannot, said.TrimEnd().Split('\n')[^1]);
        Assert.True(code == 0, $"{file} {string.Join(' ', arguments)} ended with {code}:\n{said}{errors}");
        return said;
    }

    /// <summary>Runs it, however it ends.</summary>
    /// <param name="file">The program; the test is skipped where there is none.</param>
    /// <param name="arguments">What it is told.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="environment">What is set beside what is set here.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<(int Code, string Output, string Errors)> EndAsync(
        string file, IReadOnlyList<string> arguments, string folder, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        foreach (var (name, value) in environment)
        {
            process.StartInfo.Environment[name] = value;
        }

        Assert.SkipUnless(TryStart(process), $"{file} is missing");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static bool TryStart(Process process)
    {
        try
        {
            return process.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
