using System.CommandLine;
using Lepton.Orleans.Cli.Formats;
using Lepton.Orleans.Cli.Importing;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton import jsonl</c>.</summary>
internal static class ImportJsonLinesCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The file, or - for standard input." };
        var command = new Command(
            "jsonl",
            "Import the REST documents, one JSON object a line, of all kinds in any order: what a line is, its Kind (Item, User, Feedback) says, "
            + "as export --rows writes it, or else its fields." + ImportSettings.Promise)
        {
            file,
        };
        var settings = new ImportSettings(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            return settings.RunAsync(parsed, environment, [new ImportFile(path == "-" ? null : path, new JsonLinesFormat())], cancellationToken);
        });
        return command;
    }
}
