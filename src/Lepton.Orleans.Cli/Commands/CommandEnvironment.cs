using Spectre.Console;

namespace Lepton.Orleans.Cli.Commands;

/// <summary>What commands touch beside the service: the terminal, the standard streams, the environment, the user's local data, the clock.</summary>
internal sealed record CommandEnvironment
{
    /// <summary>Where results go.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Where messages and progress go, so that results can be piped.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Opens standard output.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>A variable of the environment.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Where positions of interrupted imports are kept.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether messages go to a terminal that can draw progress in place.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>How wide tables may be where the output is no terminal.</summary>
    public int Width { get; init; } = 140;

    /// <summary>The environment of the running process.</summary>
    public static CommandEnvironment OfProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        OpenInput = Console.OpenStandardInput,
        OpenOutput = Console.OpenStandardOutput,
        Variable = Environment.GetEnvironmentVariable,
        StateDirectory = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "lepton", "imports"),
        IsInteractive = !Console.IsErrorRedirected,
    };

    /// <summary>A console that tables are drawn on.</summary>
    public IAnsiConsole OutputConsole() => ConsoleOn(Output, ReferenceEquals(Output, Console.Out) && !Console.IsOutputRedirected);

    /// <summary>A console that progress is drawn on.</summary>
    public IAnsiConsole ErrorConsole() => ConsoleOn(Error, IsInteractive);

    private IAnsiConsole ConsoleOn(TextWriter writer, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!terminal)
        {
            console.Profile.Width = Width;
        }

        return console;
    }
}
