using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Lepton.Orleans.Cli.Evaluate;
using Lepton.Orleans.Cli.Records;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Commands;

/// <summary>The whole command line.</summary>
internal static class LeptonCommand
{
    // Longer than an import takes to keep its position, and a service to hand over and flush.
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(60);

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CommandEnvironment environment, CancellationToken cancellationToken = default)
    {
        var parsed = Create(environment).Parse(args);
        var configuration = new InvocationConfiguration
        {
            Output = environment.Output,
            Error = environment.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeToStop,
        };
        if (parsed.Errors.Count > 0)
        {
            // Where a command is missing, the page with all of them is what helps; elsewhere it would bury what is wrong.
            var command = parsed.CommandResult.Command;
            if (parsed.Action is ParseErrorAction action && command.Subcommands.Count == 0)
            {
                action.ShowHelp = false;
                _ = await parsed.InvokeAsync(configuration, cancellationToken);
                await environment.Error.WriteLineAsync($"See {NameOf(parsed.CommandResult)} --help.");
                return ExitCodes.Usage;
            }

            _ = await parsed.InvokeAsync(configuration, cancellationToken);
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (UsageException exception)
        {
            _ = await FailAsync(environment, exception.Message, []);
            return ExitCodes.Usage;
        }
        catch (CommandFailedException exception)
        {
            return await FailAsync(environment, exception.Message, exception.Details);
        }
        catch (BadRowException exception)
        {
            return await FailAsync(
                environment, exception.Message, ["The rows before it are imported; mend the row and run the command again, or pass over bad rows with --skip-bad."]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(environment, exception.Message, []);
        }
        catch (OperationCanceledException)
        {
            return await FailAsync(environment, "Stopped.", []);
        }
    }

    private static RootCommand Create(CommandEnvironment environment) => new("Lepton: real-time recommendations, self-hosted.")
    {
        PlaygroundCommand.Create(environment),
        new Command("import", "Import items, users and feedback into a service.")
        {
            ImportMovieLensCommand.Create(environment),
            ImportCsvCommand.Create(environment),
            ImportJsonLinesCommand.Create(environment),
            ImportBackupCommand.Create(environment),
        },
        ExportCommand.Create(environment),
        MigrateCommand.Create(environment),
        RecommendCommand.Create(environment),
        BuildCommand.Create(environment),
        RepairCommand.Create(environment),
        VerifyErasureCommand.Create(environment),
        EvaluateCommand.Create(environment.Time),
    };

    private static string NameOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{NameOf(parent)} {result.Command.Name}" : "lepton";

    private static async Task<int> FailAsync(CommandEnvironment environment, string message, IReadOnlyList<string> details)
    {
        await environment.Error.WriteLineAsync($"lepton: {message}");
        foreach (var detail in details)
        {
            await environment.Error.WriteLineAsync($"  {detail}");
        }

        return ExitCodes.Failed;
    }
}
