using System.Globalization;

namespace Lepton.Orleans.Probes;

/// <summary>What is measured, and against what.</summary>
/// <param name="Urls">The silos: feedback and items are written to each in turn, lists are read from the next one.</param>
/// <param name="Load">The background load, as a share of what the silos answer at the most; 0 for none.</param>
/// <param name="Users">Users u0, u1, … have a history: the load asks for and writes to all but the last tenth of them, the probe to that.</param>
/// <param name="Items">Items i0, i1, … exist.</param>
/// <param name="Feedback">How many feedbacks are followed.</param>
/// <param name="Changes">How many new items and how many hidden ones are followed.</param>
/// <param name="Connections">Connections of the load to each silo.</param>
internal sealed record FreshnessOptions(IReadOnlyList<Uri> Urls, double Load, int Users, int Items, int Feedback, int Changes, int Connections)
{
    /// <summary>How the program is called.</summary>
    public const string Usage = "--urls http://a:1,http://b:2 [--load 0.5] [--users 10000] [--items 92000] [--feedback 5000] [--changes 40] [--connections 16]";

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">An option is unknown or its value cannot be used.</exception>
    public static FreshnessOptions Parse(string[] args)
    {
        var options = new FreshnessOptions([], 0, 10_000, 92_000, 5000, 40, 16);
        foreach (var pair in args.Chunk(2))
        {
            options = pair switch
            {
                ["--urls", var urls] => options with { Urls = [.. urls.Split(',').Select(url => new Uri(url))] },
                ["--load", var load] => options with { Load = double.Parse(load, CultureInfo.InvariantCulture) },
                ["--users", var users] => options with { Users = Number(users) },
                ["--items", var items] => options with { Items = Number(items) },
                ["--feedback", var feedback] => options with { Feedback = Number(feedback) },
                ["--changes", var changes] => options with { Changes = Number(changes) },
                ["--connections", var connections] => options with { Connections = Number(connections) },
                _ => throw new FormatException($"{pair[0]} is not an option with a value."),
            };
        }

        return options.Urls.Count > 0 && options.Load is >= 0 and < 1 && options.Users >= 20
            ? options
            : throw new FormatException("--urls names at least one silo, --load is a share below 1, --users at least 20.");
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
