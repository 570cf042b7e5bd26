using System.Diagnostics;
using System.Reflection;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>One run of the command line, in a process of its own; runs that share a folder go on where the one before was interrupted.</summary>
internal sealed class CommandProcess : IAsyncDisposable
{
    private static readonly string Assembly = typeof(CommandProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "CliAssembly").Value!;

    private readonly Process process;
    private readonly OutputTail output = new();

    private CommandProcess(Process process)
    {
        this.process = process;
        output.Attach(process);
    }

    public bool IsRunning => !process.HasExited;

    /// <summary>What it has said last.</summary>
    public string Text => output.Last(60);

    /// <summary>Starts a command.</summary>
    /// <param name="folder">Where it keeps what it needs to go on.</param>
    /// <param name="arguments">What comes after <c>lepton</c>.</param>
    public static CommandProcess Start(string folder, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", Assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            Environment = { ["XDG_DATA_HOME"] = folder },
        };
        return new CommandProcess(Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start."));
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code and what it said.</returns>
    public async Task<(int ExitCode, string Text)> EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, Text);
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
