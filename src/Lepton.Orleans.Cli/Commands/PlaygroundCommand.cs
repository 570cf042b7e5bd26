using System.CommandLine;
using Lepton.Orleans.Engine.Samples;
using Lepton.Orleans.Silo;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton playground</c>.</summary>
internal static class PlaygroundCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var settings = new Argument<string[]>("settings")
        {
            Description = "Settings of the service, after --, such as -- --urls http://127.0.0.1:9000 --Lepton:DataDirectory /tmp/lepton.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command(
            "playground",
            "Run the whole service in this process, to try it out. A service that holds nothing yet is filled with an invented cinema, and its model is built.")
        {
            settings,
        };
        command.SetAction(async (parsed, _) =>
        {
            var args = parsed.GetValue(settings) ?? [];

            // An address that is none is refused by the service in a moment.
            if (UrlOption(args) is { } url)
            {
                await environment.Error.WriteLineAsync(Invitation(url, environment.Time.GetUtcNow().UtcDateTime));
            }

            return await LeptonHost.RunAsync(args);
        });
        return command;
    }

    /// <summary>What to try, with a user of the sample.</summary>
    private static string Invitation(string url, DateTime now)
    {
        var user = SampleCatalog.Generate(new SampleOptions { Now = now }).Users[0].UserId;
        return $"""
            Starting Lepton; Ctrl+C stops it. In another terminal, when it is ready:

              lepton recommend {user}{url}     a list with the reasons for it
              lepton build --wait{url}     build the model anew
              lepton export -{url}     everything as JSON, one object a line
              lepton import movielens <folder>{url}     data that you know
            """;
    }

    // Null: an address is given that is none.
    private static string? UrlOption(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], i + 1 < args.Length ? args[i + 1] : "");
            if (name.Equals("--urls", StringComparison.OrdinalIgnoreCase) && value.Length > 0)
            {
                var url = value.Split(';')[0];
                return url.Contains("://", StringComparison.Ordinal) ? $" --url {url}" : null;
            }
        }

        return "";
    }
}
