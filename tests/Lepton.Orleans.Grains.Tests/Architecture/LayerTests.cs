using System.Reflection;
using System.Xml.Linq;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Hosting;
using NetArchTest.Rules;

namespace Lepton.Orleans.Grains.Tests.Architecture;

/// <summary>Arrows between layers point down only.</summary>
public sealed class LayerTests
{
    private static readonly Assembly Abstractions = typeof(LeptonKey).Assembly;
    private static readonly Assembly Engine = typeof(RankingModel).Assembly;
    private static readonly Assembly Grains = typeof(FeedbackOptions).Assembly;

    [Fact]
    public void Abstractions_depend_on_nothing_of_ours()
    {
        Assert.DoesNotContain(References(Abstractions), r => r.StartsWith("Lepton.", StringComparison.Ordinal));
        AssertFree(Abstractions, "StackExchange.Redis", "Microsoft.AspNetCore", "Lepton.Orleans.Engine", "Lepton.Orleans.Grains", "Lepton.Orleans.Silo");
    }

    [Fact]
    public void The_engine_knows_no_Orleans_no_store_and_no_web()
    {
        Assert.DoesNotContain(References(Engine), r => r.StartsWith("Lepton.", StringComparison.Ordinal) || r.StartsWith("Orleans", StringComparison.Ordinal) || r.StartsWith("Microsoft.Orleans", StringComparison.Ordinal));
        AssertFree(Engine, "Orleans", "StackExchange.Redis", "Garnet", "Microsoft.AspNetCore", "Lepton.Orleans.Grains", "Lepton.Orleans.Silo", "System.IO.File", "System.Net");
    }

    [Fact]
    public void Grains_know_neither_the_host_nor_the_web_nor_the_embedded_server()
    {
        Assert.Equal(["Lepton.Orleans.Abstractions", "Lepton.Orleans.Engine"], References(Grains).Where(r => r.StartsWith("Lepton.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        AssertFree(Grains, "Lepton.Orleans.Silo", "Microsoft.AspNetCore", "Garnet");
    }

    [Theory]
    [InlineData("Lepton.Orleans.Abstractions", "")]
    [InlineData("Lepton.Orleans.Engine", "")]
    [InlineData("Lepton.Orleans.Clustering.Consul", "")]
    [InlineData("Lepton.Orleans.Streaming.Kafka", "")]
    [InlineData("Lepton.Orleans.Client", "Lepton.Orleans.Abstractions Lepton.Orleans.Clustering.Consul")]
    [InlineData("Lepton.Orleans.Grains", "Lepton.Orleans.Abstractions Lepton.Orleans.Engine")]
    public void A_project_references_only_what_is_below_it(string project, string allowed)
    {
        var file = Path.Combine(Sources(), project, $"{project}.csproj");
        var references = XDocument.Load(file).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(references.Except(allowed.Split(' ')));
    }

    [Fact]
    public void Nothing_references_the_host_or_the_command_line()
    {
        foreach (var file in Directory.EnumerateFiles(Sources(), "*.csproj", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(XDocument.Load(file).Descendants("ProjectReference"), r => r.Attribute("Include")!.Value.Contains("Orleans.Cli.csproj", StringComparison.Ordinal));
            Assert.True(
                file.Contains("Orleans.Cli.csproj", StringComparison.Ordinal)
                || !XDocument.Load(file).Descendants("ProjectReference").Any(r => r.Attribute("Include")!.Value.Contains("Orleans.Silo", StringComparison.Ordinal)),
                $"{file} references the host.");
        }
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(r => r.Name!);

    private static void AssertFree(Assembly assembly, params string[] namespaces)
    {
        // The engine's own namespace begins with Lepton.Orleans, so a dependency on Orleans is asked for by its namespaces.
        var result = Types.InAssembly(assembly).ShouldNot().HaveDependencyOnAny(namespaces).GetResult();
        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    private static string Sources()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Lepton.Orleans.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "src");
    }
}
