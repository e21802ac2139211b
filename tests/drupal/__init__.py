"""Two small applications that behave as Drupal 7 and 10 do, and how tests use them."""
