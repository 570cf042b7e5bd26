using System.CommandLine;
using Lepton.Orleans.Cli.Formats;
using Lepton.Orleans.Cli.Importing;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton import movielens</c>.</summary>
internal static class ImportMovieLensCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var folder = new Argument<string>("folder") { Description = "The unpacked data set: movies.csv and ratings.csv, or the .dat files of ml-1m." };
        var raw = new Option<bool>("--raw")
        {
            Description = "Keep ratings as feedback of the type rating, for positive types such as rating>=4. Without it a rating of 4 or more is a like, "
                + "of 2 or less a dislike, and of anything between a read; the value is the rating in either case.",
        };
        var command = new Command(
            "movielens",
            "Import a MovieLens data set: films with title, genres and year, and ratings with their time." + ImportSettings.Promise)
        {
            folder, raw,
        };
        var settings = new ImportSettings(command);
        command.SetAction((parsed, cancellationToken) =>
            settings.RunAsync(parsed, environment, Files(parsed.GetRequiredValue(folder), parsed.GetValue(raw)), cancellationToken));
        return command;
    }

    private static List<ImportFile> Files(string folder, bool raw)
    {
        var colons = !File.Exists(Path.Combine(folder, "movies.csv")) && File.Exists(Path.Combine(folder, "movies.dat"));
        var extension = colons ? ".dat" : ".csv";
        var files = new List<ImportFile>();
        foreach (var table in Enum.GetValues<MovieLensTable>())
        {
            var path = Path.Combine(folder, table.ToString().ToLowerInvariant() + extension);
            if (File.Exists(path) && (colons || table != MovieLensTable.Users))
            {
                files.Add(new ImportFile(path, new MovieLensFormat(table, colons, raw)));
            }
        }

        return files.Exists(file => file.Name.StartsWith("movies", StringComparison.Ordinal)) && files.Exists(file => file.Name.StartsWith("ratings", StringComparison.Ordinal))
            ? files
            : throw new CommandFailedException($"{folder} holds neither movies.csv and ratings.csv nor movies.dat and ratings.dat.")
            {
                Details = ["Unpack the data set and name the folder that these files are in."],
            };
    }
}
