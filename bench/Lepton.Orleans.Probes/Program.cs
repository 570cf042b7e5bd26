using System.Globalization;
using Lepton.Orleans.Probes;

// freshness.sh and write-cost.sh in bench/load say what is measured, and start the servers.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    switch (args)
    {
        case ["freshness", .. var options]:
            await FreshnessReport.PrintAsync(FreshnessOptions.Parse(options));
            return 0;
        case ["write-cost", var url]:
            await WriteCost.PrintAsync(new Uri(url));
            return 0;
        default:
            throw new FormatException("There are two commands: freshness and write-cost.");
    }
}
catch (FormatException exception)
{
    Console.Error.WriteLine($"{exception.Message}\nusage: freshness {FreshnessOptions.Usage}\n       write-cost URL");
    return 2;
}
