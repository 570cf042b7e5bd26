using System.Text.RegularExpressions;

namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>Three pipelines, one way to a release.</summary>
public sealed partial class PipelineTests
{
    // In the order in which a release needs them.
    private static readonly string[] Steps =
    [
        "dotnet restore", "dotnet build", "./test.sh", "deploy/scripts/compare-benchmarks.sh",
        "deploy/scripts/image.sh build", "deploy/scripts/image.sh try", "deploy/scripts/image.sh sbom", "deploy/scripts/image.sh scan", "deploy/scripts/image.sh push",
        "deploy/scripts/deploy.sh",
    ];

    public static TheoryData<string> Pipelines => ["deploy/jenkins/Jenkinsfile", "deploy/gitlab/.gitlab-ci.yml", ".github/workflows/ci.yml"];

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void Every_pipeline_takes_the_same_steps_and_each_is_what_a_person_calls(string pipeline)
    {
        var steps = Step().Matches(Repository.Read(pipeline)).Select(match => match.Value).ToList();

        Assert.Equal(Steps.Order(StringComparer.Ordinal), steps.Order(StringComparer.Ordinal));
        Assert.Equal(["dotnet restore", "dotnet build", "./test.sh"], steps[..3]);
        Assert.Equal("deploy/scripts/deploy.sh", steps[^1]);
        Assert.True(steps.IndexOf("deploy/scripts/image.sh try") < steps.IndexOf("deploy/scripts/image.sh push"), "what does not run is not pushed");
    }

    // A tag can be moved to another commit by whoever gets hold of it, and then runs beside the registry's password.
    [Fact]
    public void What_GitHub_runs_of_others_is_one_commit_of_it()
    {
        var actions = Action().Matches(Repository.Read(".github/workflows/ci.yml")).Select(match => match.Groups["action"].Value).ToList();

        Assert.NotEmpty(actions);
        Assert.All(actions, action => Assert.Matches("^actions/[a-z-]+@[0-9a-f]{40}$", action));
    }

    // Two tags are two pipelines; a rollout that another one overtakes is taken back to what was there before that one.
    [Theory]
    [InlineData("deploy/jenkins/Jenkinsfile", @"lock\('production'\) \{")]
    [InlineData("deploy/gitlab/.gitlab-ci.yml", @"\n  resource_group: production\n")]
    [InlineData(".github/workflows/ci.yml", @"\n    concurrency:\n      group: production\n      cancel-in-progress: false\n")]
    public void Releases_are_deployed_one_at_a_time(string pipeline, string held)
    {
        // Within the part that deploys: from its head to where it does.
        var text = Repository.Read(pipeline).ReplaceLineEndings("\n");
        var deploys = text.IndexOf("deploy/scripts/deploy.sh", StringComparison.Ordinal);
        var head = Head().Matches(text[..deploys])[^1].Index;

        Assert.Matches(held, text[head..deploys]);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void Nothing_is_downloaded_but_by_the_script_that_knows_what_it_has_to_be(string pipeline) =>
        Assert.DoesNotMatch(@"\b(curl|wget) .*http", Repository.Read(pipeline));

    // The registry knows names without capitals only, and an owner's name may have some.
    [Fact]
    public void The_image_s_name_on_GitHub_has_no_capitals() =>
        Assert.DoesNotMatch(@"ghcr\.io/\$\{\{ *github\.repository", Repository.Read(".github/workflows/ci.yml"));

    // In CI a test that is skipped is a failure, so that whatever one needs has to be brought by somebody.
    [Fact]
    public void Every_program_that_a_test_or_a_check_needs_is_brought_by_the_script_that_runs_them()
    {
        var tests = Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);
        var needed = tests.SelectMany(text => FoundOrSkipped().Matches(text)).Concat(Needed().Matches(Repository.Read("deploy/scripts/check.sh")))
            .Select(match => match.Groups["program"].Value).Distinct().ToList();
        var brought = Brought().Matches(Repository.Read("test.sh")).Select(match => match.Groups["program"].Value).ToHashSet();

        // Of a package that brings another one too, and of those that are on every Debian.
        Dictionary<string, string> beside = new() { ["promtool"] = "prometheus", ["redis-cli"] = "redis-server" };
        string[] everywhere = ["setpriv"];
        Assert.Contains("kafka-server", needed);
        Assert.Subset(brought, needed.Except(everywhere).Select(program => beside.GetValueOrDefault(program, program)).ToHashSet());
        Assert.All(Pipelines, pipeline => Assert.Contains("./test.sh --root", Repository.Read(pipeline.Data), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(?m)^(  deploy:| *stage\('Deploy'\)|production:)")]
    private static partial Regex Head();

    [GeneratedRegex(@"uses: (?<action>\S+)")]
    private static partial Regex Action();

    [GeneratedRegex("""FindOrSkip\("(?<program>[\w-]+)"\)""")]
    private static partial Regex FoundOrSkipped();

    [GeneratedRegex(@"(?m)^ *need (?<program>[\w-]+)")]
    private static partial Regex Needed();

    [GeneratedRegex(@"(?m)install_(server|tool) (?<program>[\w-]+) ")]
    private static partial Regex Brought();

    [GeneratedRegex(@"dotnet (restore|build)|\./test\.sh|deploy/scripts/image\.sh \w+|deploy/scripts/(?!image|tools)[\w-]+\.sh")]
    private static partial Regex Step();
}
