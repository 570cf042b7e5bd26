using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lepton.Orleans.Silo.Hosting;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Tests.Documentation;

/// <summary>Writes <c>docs/configuration.md</c> from the options classes: every class that the host binds, its documentation and its defaults.</summary>
internal static partial class ConfigurationReference
{
    private const string Head = """
        # Settings

        <!-- Generated from the options classes and their documentation. To change it, change those, and run
             LEPTON_WRITE_DOCS=1 dotnet test tests/Lepton.Orleans.Silo.Tests --filter ConfigurationReference -->

        The ordinary .NET ways, later ones before earlier ones: `appsettings.json`, environment (`Lepton__Ranking__MaxAge`, lists
        `Lepton__Feedback__ReadTypes__0`), command line (`--Lepton:Ranking:MaxAge=00:00:30`). Times are written `d.hh:mm:ss`. A
        setting that cannot be used stops the start with a sentence that names it; a name under `Lepton` that is no setting is told in
        the log, with the nearest one.

        When a file changes while the service runs, these are in use at once: `Lepton:ApiKeys`, `Lepton:Ranking:Diversity` and `:MaxAge`,
        `Lepton:Training:Growth`, `:AfterErasure`, `:Parallelism`, `:TuningBudget` and `:PairMegabytes`, `Logging`. The log says what has changed, by name, and what needs a
        restart; what cannot be used is refused, and what was before stays.

        ## Of the host

        | key | meaning | default |
        |---|---|---|
        | `--urls`, `ASPNETCORE_URLS` | Where the API listens. | `http://127.0.0.1:8088` |
        | `Orleans:ClusterId`, `Orleans:ServiceId` | The cluster's names, as Orleans has them. | `lepton`, `lepton` |
        | `Orleans:Endpoints:SiloPort`, `Orleans:Endpoints:GatewayPort` | The ports of silos and of Orleans clients. | `11111`, `30000` |
        | `Orleans:Endpoints:AdvertisedIPAddress` | The address that other silos and Orleans clients reach this one at, with `Lepton:Consul`. | found |
        | `Lepton:Consul` | Where Consul is, `http://host:port` or `https://host:port`, which makes this silo one of several; needs `Lepton:Redis`. Absent: one silo. | – |
        | `Lepton:Kafka` | The bootstrap servers of Kafka, whose topic `lepton.feedback` is ingested ([kafka.md](kafka.md)); absent: none. | – |
        | `Lepton:Kafka:Partitions` | How many partitions that topic has, or gets where it is created. | `16` |
        | `Lepton:Sample` | Whether the sample is loaded into an empty service. | `true` |
        | `Lepton:SettingsFolder` | A folder with a file for each setting, named as in the environment (`Lepton__ApiKeys__0__Key`), for secrets that are mounted; its settings go before all others, and changes are seen within some seconds. | – |
        | `Logging:LogLevel:*` | What is logged, as .NET has it. | see `appsettings.json` |
        | `OTEL_*` | What OpenTelemetry reads, such as `OTEL_RESOURCE_ATTRIBUTES`. | – |

        """;

    /// <summary>The whole document.</summary>
    public static string Write()
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var section in KnownSettings.Sections().GroupBy(section => section.Section, section => section.Type))
        {
            var summaries = string.Join(' ', section.Select(type => Summary($"T:{type.FullName}", type.Assembly)));
            text.Append(CultureInfo.InvariantCulture, $"\n## {section.Key}\n\n{summaries}\n\n| key | meaning | default |\n|---|---|---|\n");
            foreach (var type in section)
            {
                var options = KnownSettings.DefaultsOf(type);
                foreach (var property in type.GetProperties().Where(KnownSettings.IsSetting).OrderBy(property => property.MetadataToken))
                {
                    // The keys are the section itself.
                    var key = type == typeof(ApiKeyOptions) ? section.Key : $"{section.Key}:{property.Name}";
                    text.Append(CultureInfo.InvariantCulture, $"| `{key}` | {Summary($"P:{type.FullName}.{property.Name}", type.Assembly)} | {Default(property.GetValue(options))} |\n");
                }
            }
        }

        return text.ToString();
    }

    private static string Default(object? value) => value switch
    {
        null or "" => "–",
        string path when Path.IsPathRooted(path) => $"`{Path.GetFileName(path)}` in the user's local data",
        string text => $"`{text}`",
        bool isSo => isSo ? "`true`" : "`false`",
        IEnumerable list => list.Cast<object>().Any() ? $"`{string.Join(", ", list.Cast<object>())}`" : "–",
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => throw new NotSupportedException($"A default of {value.GetType()}."),
    };

    private static string Summary(string member, Assembly assembly)
    {
        var documentation = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
        var summary = documentation.Descendants("member").SingleOrDefault(m => m.Attribute("name")!.Value == member)?.Element("summary")
            ?? throw new InvalidOperationException($"{member} has no summary.");
        var text = string.Concat(summary.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" } see => $"`{(see.Attribute("langword") ?? see.Attribute("cref"))!.Value.Split('.')[^1]}`",
            _ => node is XElement element ? element.Value : ((XText)node).Value,
        }));
        return Blanks().Replace(text, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
