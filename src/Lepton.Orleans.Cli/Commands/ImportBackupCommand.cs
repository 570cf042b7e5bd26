using System.CommandLine;
using Lepton.Orleans.Cli.Backups;
using Lepton.Orleans.Cli.Formats;
using Lepton.Orleans.Cli.Importing;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton import backup</c>.</summary>
internal static class ImportBackupCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The file that lepton export wrote." };
        var restart = new Option<bool>("--restart") { Description = "Start over, also where an earlier run was interrupted." };
        var command = new Command(
            "backup",
            "Restore what lepton export wrote into an empty service that nobody writes to: afterwards its lists are the same. A file that was cut short is refused "
            + "before anything is sent. An interrupted run goes on where it was when the same command is run again; nothing counts twice.")
        {
            file,
            restart,
        };
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"There is no file {path}.");
            }

            var summary = await BackupSummary.CheckAsync(path, cancellationToken);
            using var connection = service.Connect(parsed, environment);
            var checkpoints = new CheckpointFile(environment.StateDirectory, [new ImportFile(path, new JsonLinesFormat())], connection);
            await new BackupRestore(connection, checkpoints, environment.Error.WriteLine).RunAsync(path, summary.Id, parsed.GetValue(restart), leaveOpen: false, cancellationToken);
            await environment.Error.WriteLineAsync($"Restored {summary.Description}.");
            return ExitCodes.Ok;
        });
        return command;
    }
}
