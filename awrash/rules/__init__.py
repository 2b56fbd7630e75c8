"""What a rule is, the hook that runs the rules before anything is written, and the rules of any office."""

from awrash.rules import hook as hook  # whoever names a rule has the hook listening
