namespace Lepton.Orleans.Engine.Samples;

/// <summary>A genre: how common it is, which genres it mixes with, and the words that its titles are made of.</summary>
internal sealed record SampleGenre(string Name, double Share, string[] Mixes, string[] Nouns, string[] Adjectives)
{
    /// <summary>All genres.</summary>
    public static IReadOnlyList<SampleGenre> All { get; } =
    [
        new("drama", 1.6, ["romance", "crime", "war", "music"],
            Words("inheritance orchard daughter winter letter silence promise ferry kitchen confession photograph bridge tenant widow harvest stepson"),
            Words("quiet ordinary unspoken borrowed patient grey broken distant tender forgiven")),
        new("comedy", 1.5, ["romance", "family", "music", "adventure"],
            Words("wedding neighbour landlord reunion dentist caravan parrot vacancy bachelor picnic umpire toaster moustache lodger banquet refund"),
            Words("awkward cheerful reluctant accidental overdue unlikely spare hopeless polite second-hand")),
        new("thriller", 1.2, ["crime", "mystery", "action", "horror"],
            Words("witness deadline hostage frequency passenger ledger tunnel informant blackout alibi decoy pursuit checkpoint ransom signal undertow"),
            Words("cold silent final missing blind wired hidden double false midnight")),
        new("crime", 1.0, ["thriller", "drama", "mystery", "action"],
            Words("heist syndicate docks verdict bagman precinct forger racket safehouse bookmaker getaway bribe smuggler parole vault informer"),
            Words("crooked dirty honest loaded bitter unmarked stolen corrupt lucky loyal")),
        new("mystery", 0.8, ["crime", "thriller", "drama", "horror"],
            Words("manor cipher lantern portrait staircase inquest violin clockmaker archive locket chapel stranger key corridor diary riddle"),
            Words("veiled locked vanishing curious seventh unsigned forgotten velvet hollow whispered")),
        new("science-fiction", 1.0, ["adventure", "action", "thriller", "family"],
            Words("orbit colony android signal nebula reactor cosmonaut eclipse archive gravity airlock probe meridian machine satellite horizon"),
            Words("synthetic infinite outer orbital quantum weightless stellar parallel second electric")),
        new("fantasy", 0.9, ["adventure", "family", "romance", "action"],
            Words("dragon crown sorcerer raven throne ember rune stag kingdom oracle blade well moonstone griffin tower enchantress"),
            Words("silver cursed ancient enchanted nameless golden sleeping crimson thirteenth wandering")),
        new("horror", 0.8, ["thriller", "mystery", "science-fiction"],
            Words("cellar grave attic scarecrow séance marsh doll possession swarm crypt nursery howl ritual shadow well caretaker"),
            Words("rotting pale buried hungry crawling faceless unholy sunken bloodless feral")),
        new("romance", 1.1, ["drama", "comedy", "music", "fantasy"],
            Words("summer kiss terrace bouquet stranger postcard waltz café lighthouse sweetheart valentine suitcase balcony tangerine sonata heartbeat"),
            Words("sweet sudden secret tender reckless Parisian faithful second late honeyed")),
        new("adventure", 1.0, ["action", "family", "fantasy", "western"],
            Words("expedition island compass caravan temple voyage jungle map treasure glacier river captain summit monsoon idol balloon"),
            Words("lost golden uncharted northern perilous emerald wild hidden eastern forbidden")),
        new("action", 1.2, ["thriller", "crime", "science-fiction", "war"],
            Words("strike bullet commando convoy overdrive vengeance mercenary ambush impact detonator bodyguard fist firestorm siege hurricane rampage"),
            Words("lethal rapid burning iron maximum fearless armoured rogue savage unstoppable")),
        new("war", 0.6, ["drama", "action", "romance"],
            Words("regiment trench armistice battalion medic barricade squadron frontier deserter bugle convoy occupation sniper general front telegram"),
            Words("fallen muddy brave last divided scorched forgotten wounded northern frozen")),
        new("western", 0.4, ["adventure", "action", "drama"],
            Words("saddle canyon sheriff outlaw stagecoach prairie homestead rattlesnake drifter ranch bounty spur gunslinger mesa railroad coyote"),
            Words("dusty lonesome bitter scarlet rough crooked wild parched noble fast")),
        new("family", 0.9, ["comedy", "adventure", "fantasy", "music"],
            Words("puppy treehouse snowman grandmother kite hedgehog pirate lemonade dinosaur marble penguin circus hamster robot bicycle pancake"),
            Words("tiny magnificent brave incredible clumsy giggling little marvellous sleepy giant")),
        new("documentary", 0.5, ["music", "war", "family"],
            Words("glacier factory harbour orchestra whale border recipe market beekeeper museum coast workshop river marathon observatory village"),
            Words("living unseen working vanishing wild everyday remote handmade fragile deep")),
        new("music", 0.5, ["drama", "romance", "comedy", "documentary"],
            Words("chorus saxophone record jukebox encore ballad drummer overture songbird microphone ballroom rehearsal trumpet nightclub melody quartet"),
            Words("blue electric swinging restless unplugged velvet loud midnight broken lilting")),
    ];

    private static string[] Words(string words) => words.Split(' ');
}
