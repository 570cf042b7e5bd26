using System.Diagnostics;

namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>A program that is run to its end in the repository's folder.</summary>
internal static class Command
{
    // What a script says where a program that it needs is not installed.
    private const int Cannot = 77;

    /// <summary>Runs it; skips the test where it says that it cannot check.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string file, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(file, arguments)
            {
                WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true,
            },
        };
        Assert.SkipUnless(TryStart(process), $"{file} is missing");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var said = await output;
        Assert.SkipWhen(process.ExitCode == Cannot, said.TrimEnd().Split('\n')[^1]);
        Assert.True(process.ExitCode == 0, $"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{said}{await error}");
        return said;
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
